// Every problem in plain words.

import type { Kind } from '../api/problem.ts';
import type { EveryWord } from './every-word.ts';

const TEXTS: Readonly<Record<Kind, keyof EveryWord>> = {
  offline: 'errOffline',
  lost: 'errLost',
  busy: 'errBusy',
  away: 'errAway',
  long: 'errLong',
  session: 'errRefused',
  refused: 'errRefused',
};

export function problemText(words: EveryWord, kind: Kind | undefined): string {
  return words[TEXTS[kind ?? 'lost']];
}
