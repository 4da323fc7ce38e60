// The page: who it is, what was said, where to write.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { fresh, talk } from '../chat/talk.ts';
import { Composer } from './composer.tsx';
import { keepFocus } from './focus.ts';
import { Header } from './header.tsx';
import { Later } from './later.tsx';
import { Notices } from './notices.tsx';
import { config } from './settings.ts';
import { listen } from './shortcuts.ts';
import { useStore, useWords } from './use.ts';
import { Welcome } from './welcome.tsx';

type Sheet = 'menu' | 'help';

/** What is not seen at first. */
export const transcript = async () => (await import('./transcript.tsx')).Transcript;
const SHEETS = {
  menu: async () => (await import('./sheets/sheets.tsx')).Menu,
  help: async () => (await import('./sheets/sheets.tsx')).Help,
};

export function App(): JSX.Element {
  const { messages, loading, id } = useStore(talk);
  const { title, name, privacy } = useStore(config);
  const words = useWords();
  const [sheet, show] = useState<Sheet>();
  const heading = title ?? name ?? 'AI Digital Twin';
  document.title = heading;
  useEffect(() => {
    // Whoever writes will want to read.
    const fetchMore = (): void => void Promise.all([transcript(), import('../chat/answering.ts')]).catch(() => {});
    addEventListener('focusin', fetchMore, { once: true });
    return listen({ menu: () => show('menu'), help: () => show('help'), fresh: startFresh });
  }, []);
  return (
    <>
      <Header heading={heading} showMenu={() => show('menu')} startFresh={startFresh} />
      <main class="talk" tabIndex={-1}>
        {messages.length === 0 && !loading ? <Welcome /> : <Later key={id} load={transcript} props={{}} />}
        <Notices />
        <Composer />
        <p class="fine">
          {words.isAi} {privacy}
        </p>
      </main>
      {sheet && (
        <Later
          key={sheet}
          load={SHEETS[sheet]}
          props={{ close: () => show((now) => (now === sheet ? undefined : now)) }}
        />
      )}
    </>
  );
}

function startFresh(): void {
  fresh();
  keepFocus();
}
