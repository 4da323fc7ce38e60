// An answer of the twin, while it arrives and afterwards.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { retryQuestion } from '../chat/actions.ts';
import { streamingText } from '../chat/conversation.ts';
import { isInProgress, type Message } from '../chat/message.ts';
import { format } from '../locales/locale.ts';
import { config } from '../settings/config.ts';
import { useAllTexts } from './all-texts.ts';
import { copyText } from './clipboard.ts';
import { DEFERRED_ICONS } from './deferred-icons.ts';
import { startEditing } from './editing.ts';
import { restoreFocus } from './focus.ts';
import { useStore } from './hooks.ts';
import { IconButton } from './icon.tsx';
import { MarkdownBody } from './markdown-body.tsx';
import { problemText } from './problem-text.ts';
import { Timestamp } from './timestamp.tsx';
import { Versions, type VersionsProps } from './versions.tsx';
import { Waiting } from './waiting.tsx';

/** How long a copy button shows that it has copied, in milliseconds. */
const COPIED_TIME = 2_000;

interface AnswerProps {
  readonly message: Message;
  readonly isLast: boolean;
  /** Whether the twin remembers the messages up to this one as a summary. */
  readonly isLastSummarized: boolean;
  readonly versions: VersionsProps | undefined;
}

export function Answer({ message, isLast, isLastSummarized, versions }: AnswerProps): JSX.Element {
  const texts = useAllTexts();
  const { name } = useStore(config);
  const { phase, text } = message;
  const isStreaming = phase === 'streaming';
  return (
    <article class="message answer" tabIndex={-1} aria-label={format(texts.says, name ?? 'AI')}>
      {(text !== '' || isStreaming) && <MarkdownBody text={text} stream={isStreaming ? streamingText : undefined} />}
      {(phase === 'waiting' || phase === 'recovering') && <Waiting isRecovering={phase === 'recovering'} />}
      {phase === 'stopped' && <p class="aside">{texts.stopped}</p>}
      {versions && versions.version < versions.count - 1 && <p class="aside">{texts.replaced}</p>}
      {message.unsaved && <p class="aside">{texts.unsaved}</p>}
      {phase === 'failed' && <p class="problem">{problemText(texts, message)}</p>}
      {!isInProgress(message) && (
        <footer>
          {versions && <Versions {...versions} />}
          <Timestamp at={phase === 'done' ? message.at : undefined} />
          {text !== '' && <CopyButton text={text} />}
          {isLast && <RetryButton message={message} />}
        </footer>
      )}
      {isLastSummarized && <p class="aside">{texts.summarized}</p>}
    </article>
  );
}

function CopyButton({ text }: { readonly text: string }): JSX.Element {
  const texts = useAllTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), COPIED_TIME) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      icon={copied ? DEFERRED_ICONS.done : DEFERRED_ICONS.copy}
      label={copied ? texts.copied : texts.copy}
      onClick={() => void copyText(text).then(() => setCopied(true))}
    />
  );
}

/** Asks again. After "too many requests" it first counts down the seconds until the next attempt. */
function RetryButton({ message }: { readonly message: Message }): JSX.Element {
  const texts = useAllTexts();
  const seconds = useSecondsUntil(message.retryAt);
  const retry = (): void => {
    retryQuestion();
    restoreFocus();
  };
  if (message.phase === 'done') return <IconButton icon={DEFERRED_ICONS.retry} label={texts.retry} onClick={retry} />;
  // The twin would reject the same message again, so the visitor has to change it.
  if (message.problem === 'too-long' || message.problem === 'refused')
    return (
      <button type="button" class="chip" onClick={startEditing}>
        {texts.edit}
      </button>
    );
  return (
    <>
      <button
        type="button"
        class="chip"
        aria-disabled={seconds > 0}
        onClick={() => {
          if (seconds === 0) retry();
        }}
      >
        {seconds > 0 ? format(texts.retryIn, seconds) : texts.retry}
      </button>
      <span class="sr-only" role="status">
        {seconds === 0 && texts.retryNow}
      </span>
    </>
  );
}

function useSecondsUntil(time = 0): number {
  const secondsLeft = (): number => Math.max(0, Math.ceil((time - Date.now()) / 1_000));
  const [seconds, setSeconds] = useState(secondsLeft);
  useEffect(() => {
    if (secondsLeft() === 0) return undefined;
    const timer = setInterval(() => setSeconds(secondsLeft()), 250);
    return () => clearInterval(timer);
  }, [time]);
  return seconds;
}
