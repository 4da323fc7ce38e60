// The text that is shown for a failed answer.

import type { ProblemKind } from '../api/problem.ts';
import type { Message } from '../chat/message.ts';
import type { AllTexts } from './all-texts.ts';

const TEXTS: Readonly<Record<ProblemKind, keyof AllTexts>> = {
  offline: 'errOffline',
  lost: 'errLost',
  busy: 'errBusy',
  unavailable: 'errUnavailable',
  paused: 'errPaused',
  'too-long': 'errTooLong',
  session: 'errRefused',
  conflict: 'errConflict',
  refused: 'errRefused',
};

export function problemText(texts: AllTexts, { problem, ownerText }: Message): string {
  return ownerText ?? texts[TEXTS[problem ?? 'lost']];
}
