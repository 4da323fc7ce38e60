// What the twin answered, from its first sign of life to its end.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Message } from '../chat/message.ts';
import { again, busy, writing } from '../chat/talk.ts';
import { fill } from '../words/words.ts';
import { Body } from './body.tsx';
import { copy } from './clipboard.ts';
import { beginEditing } from './editing.ts';
import { keepFocus } from './focus.ts';
import { IconButton } from './icon.tsx';
import { Moment } from './moment.tsx';
import { problemText } from './problems.ts';
import { config } from './settings.ts';
import { useEveryWord } from './every-word.ts';
import { useStore } from './use.ts';
import { Waiting } from './waiting.tsx';

export function Answer({ message, isLast }: { readonly message: Message; readonly isLast: boolean }): JSX.Element {
  const words = useEveryWord();
  const { name } = useStore(config);
  const { phase, text } = message;
  return (
    <article class="message answer" tabIndex={-1} aria-label={fill(words.said, name ?? 'AI')}>
      {(text !== '' || phase === 'writing') && <Body text={text} live={phase === 'writing' ? writing : undefined} />}
      {(phase === 'waiting' || phase === 'looking') && <Waiting looking={phase === 'looking'} />}
      {phase === 'stopped' && <p class="aside">{words.stopped}</p>}
      {message.unsaved && <p class="aside">{words.unsaved}</p>}
      {phase === 'failed' && <p class="problem">{problemText(words, message.problem)}</p>}
      {!busy(message) && (
        <footer>
          <Moment at={phase === 'done' ? message.at : undefined} />
          {text !== '' && <Copy text={text} />}
          {isLast && <Again message={message} />}
        </footer>
      )}
    </article>
  );
}

function Copy({ text }: { readonly text: string }): JSX.Element {
  const words = useEveryWord();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2_000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  const act = (): void => void copy(text).then(() => setCopied(true));
  return <IconButton icon={copied ? 'done' : 'copy'} label={copied ? words.copied : words.copy} onClick={act} />;
}

/** Where the twin asked for patience, the seconds are counted down first. */
function Again({ message }: { readonly message: Message }): JSX.Element {
  const words = useEveryWord();
  const left = useSecondsUntil(message.retryAt);
  const act = (): void => {
    again();
    keepFocus();
  };
  if (message.phase === 'done') return <IconButton icon="again" label={words.again} onClick={act} />;
  // Asking the same again would be refused again.
  const hopeless = message.problem === 'long' || message.problem === 'refused';
  if (hopeless)
    return (
      <button type="button" class="chip" onClick={beginEditing}>
        {words.edit}
      </button>
    );
  return (
    <>
      <button
        type="button"
        class="chip"
        aria-disabled={left > 0}
        onClick={() => {
          if (left === 0) act();
        }}
      >
        {left > 0 ? fill(words.wait, left) : words.again}
      </button>
      <span class="hidden" role="status">
        {left === 0 && words.ready}
      </span>
    </>
  );
}

function useSecondsUntil(moment = 0): number {
  const seconds = (): number => Math.max(0, Math.ceil((moment - Date.now()) / 1_000));
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    if (seconds() === 0) return undefined;
    const timer = setInterval(() => setLeft(seconds()), 250);
    return () => clearInterval(timer);
  }, [moment]);
  return left;
}
