// The page: header, conversation, message field and dialogs.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { loadReceiver, startConversation } from '../chat/actions.ts';
import { conversation } from '../chat/conversation.ts';
import { config } from '../settings/config.ts';
import { Composer } from './composer.tsx';
import { restoreFocus } from './focus.ts';
import { Header } from './header.tsx';
import { useStore, useTexts } from './hooks.ts';
import { Lazy } from './lazy.tsx';
import { Notices } from './notices.tsx';
import { listenForShortcuts } from './shortcuts.ts';
import { Welcome } from './welcome.tsx';

type DialogName = 'menu' | 'help';

const loadTranscript = async () => (await import('./transcript.tsx')).Transcript;
const DIALOG_LOADERS = {
  menu: async () => (await import('./dialogs/dialogs.tsx')).Menu,
  help: async () => (await import('./dialogs/dialogs.tsx')).ShortcutHelp,
};

export function App(): JSX.Element {
  const { messages, loading, id } = useStore(conversation);
  const { title, name, privacy } = useStore(config);
  const texts = useTexts();
  const [dialog, show] = useState<DialogName>();
  const heading = title ?? name ?? 'AI Digital Twin';
  document.title = heading;
  useEffect(() => {
    // A visitor who focuses the message field will soon need the conversation, so load its parts now.
    const preload = (): void => void Promise.all([loadTranscript(), loadReceiver()]).catch(() => {});
    addEventListener('focusin', preload, { once: true });
    return listenForShortcuts({ menu: () => show('menu'), help: () => show('help'), newChat: startAndFocus });
  }, []);
  return (
    <>
      <Header heading={heading} showMenu={() => show('menu')} startChat={startAndFocus} />
      <main class="chat" tabIndex={-1}>
        {messages.length === 0 && !loading ? <Welcome /> : <Lazy key={id} load={loadTranscript} props={{}} />}
        <Notices />
        <Composer />
        <p class="disclaimer">
          {texts.disclaimer} {privacy}
        </p>
      </main>
      {dialog && (
        <Lazy
          key={dialog}
          load={DIALOG_LOADERS[dialog]}
          props={{ close: () => show((current) => (current === dialog ? undefined : current)) }}
        />
      )}
    </>
  );
}

function startAndFocus(): void {
  startConversation();
  restoreFocus();
}
