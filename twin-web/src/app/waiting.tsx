// The indicator that is shown until an answer begins.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAllTexts } from './all-texts.ts';

/** When the indicator explains the delay, and when it suggests to try again, in milliseconds. */
const SLOW = 6_000;
const SLOWER = 20_000;

export function Waiting({ isRecovering }: { readonly isRecovering: boolean }): JSX.Element {
  const texts = useAllTexts();
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    const timers = [SLOW, SLOWER].map((time) => setTimeout(() => setElapsed(time), time));
    return () => timers.forEach(clearTimeout);
  }, []);
  const sentence = isRecovering
    ? texts.recovering
    : elapsed === SLOWER
      ? texts.slower
      : elapsed === SLOW
        ? texts.slow
        : texts.thinking;
  return (
    <p class="waiting">
      <Dots />
      <span class={elapsed === 0 && !isRecovering ? 'sr-only' : ''}>{sentence}</span>
    </p>
  );
}

export function Dots(): JSX.Element {
  return (
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
