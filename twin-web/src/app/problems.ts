// Every problem in plain words.

import type { Kind } from '../api/problem.ts';
import type { Words } from '../words/en.ts';

const TEXTS: Readonly<Record<Kind, keyof Words>> = {
  offline: 'errOffline',
  lost: 'errLost',
  busy: 'errBusy',
  away: 'errAway',
  long: 'errLong',
  session: 'errRefused',
  refused: 'errRefused',
};

export function problemText(words: Words, kind: Kind | undefined): string {
  return words[TEXTS[kind ?? 'lost']];
}
