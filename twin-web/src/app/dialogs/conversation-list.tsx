// The list of this browser's conversations. Opens and deletes them.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { openConversation, startConversation, stopAnswer } from '../../chat/actions.ts';
import { conversation } from '../../chat/conversation.ts';
import { conversations, type ConversationEntry } from '../../chat/conversation-list.ts';
import { deleteConversation } from '../../chat/stored-conversation.ts';
import { useAllTexts } from '../all-texts.ts';
import { DEFERRED_ICONS } from '../deferred-icons.ts';
import { useStore } from '../hooks.ts';
import { Icon } from '../icon.tsx';
import { Timestamp } from '../timestamp.tsx';

export function ConversationList({ closeMenu }: { readonly closeMenu: () => void }): JSX.Element {
  const texts = useAllTexts();
  const entries = useStore(conversations);
  const { id } = useStore(conversation);
  /** The conversation whose deletion must be confirmed by a second press. */
  const [confirming, setConfirming] = useState('');
  if (entries.length === 0) return <p class="aside">{texts.noConversations}</p>;
  const requestDelete = (entry: ConversationEntry): void => {
    if (confirming !== entry.id) return setConfirming(entry.id);
    // The button is removed with its entry, so move the focus to the heading of the list.
    document.getElementById('conversations')?.focus();
    void remove(entry.id);
  };
  return (
    <ul class="conversations">
      {entries.map((entry) => (
        <li key={entry.id}>
          <button
            type="button"
            class="row"
            aria-current={entry.id === id}
            onClick={() => {
              void openConversation(entry.id);
              closeMenu();
            }}
          >
            <span dir="auto">{entry.title || texts.untitled}</span>
            <Timestamp at={new Date(entry.at).toISOString()} />
          </button>
          <button
            type="button"
            class={confirming === entry.id ? 'chip danger' : 'icon-button'}
            onClick={() => requestDelete(entry)}
            aria-label={confirming === entry.id ? undefined : `${texts.delete}: ${entry.title}`}
          >
            {confirming === entry.id ? texts.confirmDelete : <Icon path={DEFERRED_ICONS.delete} />}
          </button>
        </li>
      ))}
    </ul>
  );
}

async function remove(id: string): Promise<void> {
  const isOpen = (): boolean => conversation.get().id === id;
  if (isOpen()) stopAnswer(false);
  if ((await deleteConversation(id)) && isOpen()) startConversation();
}
