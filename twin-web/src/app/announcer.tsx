// Says politely what happens, to those who cannot see it: answers by the sentence, and everything that goes wrong.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { busy, talk, writing } from '../chat/talk.ts';
import { problemText } from './problems.ts';
import { sentences } from './sentences.ts';
import { everyWord } from './every-word.ts';

/** Sentences that come close together are said together. */
const TOGETHER = 700;
const KEPT = 4;

interface Line {
  readonly key: number;
  readonly text: string;
}

export function Announcer(): JSX.Element {
  const [lines, setLines] = useState<readonly Line[]>([]);
  useEffect(
    () =>
      announce((text) => setLines((before) => [...before, { key: (before.at(-1)?.key ?? 0) + 1, text }].slice(-KEPT))),
    [],
  );
  return (
    <div class="hidden" id="announcer" aria-live="polite">
      {lines.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );
}

function announce(say: (text: string) => void): () => void {
  let [from, timer] = [0, 0];
  let speaking: number | undefined;
  const tell = (text: string, finished: boolean): void => {
    const { ready, from: next } = sentences(text, from, finished);
    from = next;
    if (ready.length > 0) say(ready.join(' '));
  };
  const soon = (): void => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      if (speaking !== undefined) tell(writing.get(), false);
    }, TOGETHER);
  };
  const look = (): void => {
    const last = talk.get().messages.at(-1);
    if (!last || last.role === 'user') return;
    if (busy(last)) {
      if (speaking !== last.key) from = 0;
      speaking = last.key;
      return;
    }
    if (speaking !== last.key) return;
    speaking = undefined;
    const words = everyWord();
    tell(last.text, true);
    if (last.phase === 'failed') say(problemText(words, last.problem));
    if (last.phase === 'stopped') say(words.stopped);
  };
  const leave = [talk.watch(look), writing.watch(soon)];
  return () => leave.forEach((stop) => stop());
}
