// Something is on its way, and what to do when it takes long.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useEveryWord } from './every-word.ts';

const SLOW = 6_000;
const SLOWER = 20_000;

export function Waiting({ looking }: { readonly looking: boolean }): JSX.Element {
  const words = useEveryWord();
  const [since, setSince] = useState(0);
  useEffect(() => {
    const timers = [SLOW, SLOWER].map((after) => setTimeout(() => setSince(after), after));
    return () => timers.forEach(clearTimeout);
  }, []);
  const sentence = looking
    ? words.looking
    : since === SLOWER
      ? words.slower
      : since === SLOW
        ? words.slow
        : words.thinking;
  return (
    <p class="waiting">
      <Dots />
      <span class={since === 0 && !looking ? 'hidden' : ''}>{sentence}</span>
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
