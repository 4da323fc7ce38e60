// Notices about the whole conversation, and about a missing network connection.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { dismissNotice, openConversation } from '../chat/actions.ts';
import { conversation } from '../chat/conversation.ts';
import { restoreFocus } from './focus.ts';
import { useStore, useTexts } from './hooks.ts';
import { IconButton, ICONS } from './icon.tsx';

const TEXTS = {
  replaced: 'noticeReplaced',
  history: 'noticeHistory',
  'not-deleted': 'noticeNotDeleted',
} as const;

export function Notices(): JSX.Element {
  const texts = useTexts();
  const { notice, id } = useStore(conversation);
  const isOnline = useOnline();
  return (
    <div class="notices" role="status">
      {!isOnline && <p class="notice">{texts.offline}</p>}
      {notice && (
        <p class="notice">
          <span>{texts[TEXTS[notice]]}</span>
          {notice === 'history' && (
            <button
              type="button"
              class="link"
              onClick={() => {
                void openConversation(id);
                restoreFocus();
              }}
            >
              {texts.retry}
            </button>
          )}
          <IconButton
            icon={ICONS.close}
            label={texts.dismiss}
            onClick={() => {
              dismissNotice();
              restoreFocus();
            }}
          />
        </p>
      )}
    </div>
  );
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = (): void => setOnline(navigator.onLine);
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return isOnline;
}
