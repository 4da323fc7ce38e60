// What a visitor has to know about the conversation as a whole.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { dismissNotice, open, talk } from '../chat/talk.ts';
import { keepFocus } from './focus.ts';
import { IconButton } from './icon.tsx';
import { useStore, useWords } from './use.ts';

const TEXTS = { fresh: 'noteFresh', memory: 'noteMemory', undeleted: 'noteUndeleted' } as const;

export function Notices(): JSX.Element {
  const words = useWords();
  const { notice, id } = useStore(talk);
  const online = useOnline();
  return (
    <div class="notices" role="status">
      {!online && <p class="notice">{words.offline}</p>}
      {notice && (
        <p class="notice">
          <span>{words[TEXTS[notice]]}</span>
          {notice === 'memory' && (
            <button
              type="button"
              class="link"
              onClick={() => {
                void open(id);
                keepFocus();
              }}
            >
              {words.again}
            </button>
          )}
          <IconButton
            icon="close"
            label={words.dismiss}
            onClick={() => {
              dismissNotice();
              keepFocus();
            }}
          />
        </p>
      )}
    </div>
  );
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const tell = (): void => setOnline(navigator.onLine);
    addEventListener('online', tell);
    addEventListener('offline', tell);
    return () => {
      removeEventListener('online', tell);
      removeEventListener('offline', tell);
    };
  }, []);
  return online;
}
