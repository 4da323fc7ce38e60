// A live region for screen readers: announces answers sentence by sentence, and failures.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { conversation, streamingText } from '../chat/conversation.ts';
import { isInProgress } from '../chat/message.ts';
import { allTexts } from './all-texts.ts';
import { problemText } from './problem-text.ts';
import { completeSentences } from './sentences.ts';

/** Sentences that arrive within this time, in milliseconds, become one announcement. */
const BATCH_TIME = 700;
const MAX_ANNOUNCEMENTS = 4;

interface Announcement {
  readonly key: number;
  readonly text: string;
}

export function Announcer(): JSX.Element {
  const [announcements, setAnnouncements] = useState<readonly Announcement[]>([]);
  useEffect(
    () =>
      watchAnswers((text) =>
        setAnnouncements((before) =>
          [...before, { key: (before.at(-1)?.key ?? 0) + 1, text }].slice(-MAX_ANNOUNCEMENTS),
        ),
      ),
    [],
  );
  return (
    <div class="sr-only" id="announcer" aria-live="polite">
      {announcements.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}

/** Calls `announce` for each part of an answer. Returns a function that stops it. */
function watchAnswers(announce: (text: string) => void): () => void {
  let [from, timer] = [0, 0];
  let currentKey: number | undefined;
  const announceFrom = (text: string, isFinished: boolean): void => {
    const { sentences, end } = completeSentences(text, from, isFinished);
    from = end;
    if (sentences.length > 0) announce(sentences.join(' '));
  };
  const onText = (): void => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      if (currentKey !== undefined) announceFrom(streamingText.get(), false);
    }, BATCH_TIME);
  };
  const onChange = (): void => {
    const last = conversation.get().messages.at(-1);
    if (!last || last.role === 'user') return;
    if (isInProgress(last)) {
      if (currentKey !== last.key) from = 0;
      currentKey = last.key;
      return;
    }
    if (currentKey !== last.key) return;
    currentKey = undefined;
    const texts = allTexts();
    announceFrom(last.text, true);
    if (last.phase === 'failed') announce(problemText(texts, last));
    if (last.phase === 'stopped') announce(texts.stopped);
  };
  const unwatch = [conversation.watch(onChange), streamingText.watch(onText)];
  // An answer may have begun, or failed, before this part of the page was loaded and began to watch.
  const last = conversation.get().messages.at(-1);
  if (last && last.role !== 'user' && last.phase !== 'done') {
    currentKey = last.key;
    onChange();
    onText();
  }
  return () => unwatch.forEach((stop) => stop());
}
