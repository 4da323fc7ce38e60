// The list of conversations: open one, or have it forgotten.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { entries, type Entry } from '../../chat/list.ts';
import { open, remove, talk } from '../../chat/talk.ts';
import { Icon } from '../icon.tsx';
import { Moment } from '../moment.tsx';
import { useStore } from '../use.ts';
import { useEveryWord } from '../every-word.ts';

export function Conversations({ leave }: { readonly leave: () => void }): JSX.Element {
  const words = useEveryWord();
  const list = useStore(entries);
  const { id } = useStore(talk);
  const [sure, setSure] = useState('');
  if (list.length === 0) return <p class="aside">{words.noConversations}</p>;
  const forget = (entry: Entry): void => {
    if (sure !== entry.id) return setSure(entry.id);
    // The list is shorter afterwards; the focus stays with its heading.
    document.getElementById('conversations')?.focus();
    void remove(entry.id);
  };
  return (
    <ul class="conversations">
      {list.map((entry) => (
        <li key={entry.id}>
          <button
            type="button"
            class="row"
            aria-current={entry.id === id}
            onClick={() => {
              void open(entry.id);
              leave();
            }}
          >
            <span dir="auto">{entry.title || words.untitled}</span>
            <Moment at={new Date(entry.at).toISOString()} />
          </button>
          <button
            type="button"
            class={sure === entry.id ? 'chip danger' : 'icon-button'}
            onClick={() => forget(entry)}
            aria-label={sure === entry.id ? undefined : `${words.remove}: ${entry.title}`}
          >
            {sure === entry.id ? words.reallyRemove : <Icon name="remove" />}
          </button>
        </li>
      ))}
    </ul>
  );
}
