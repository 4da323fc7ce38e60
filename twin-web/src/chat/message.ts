// A message of the conversation on the screen, and its progress.

import type { StoredMessage } from '../api/history.ts';
import type { ProblemKind } from '../api/problem.ts';

export type Phase =
  | 'done'
  /** The question was sent; nothing of the answer has arrived. */
  | 'waiting'
  | 'streaming'
  /** The connection was lost; the answer is being read from the stored conversation. */
  | 'recovering'
  | 'stopped'
  | 'failed';

export interface Message {
  readonly key: number;
  readonly role: StoredMessage['role'];
  readonly text: string;
  readonly at: string | undefined;
  readonly phase: Phase;
  /** Whether the question of this answer has been sent. */
  readonly sent?: boolean;
  readonly problem?: ProblemKind;
  /** The owner's sentence about the problem. */
  readonly ownerText?: string | undefined;
  /** When the question may be sent again, in milliseconds since the epoch. */
  readonly retryAt?: number;
  readonly unsaved?: boolean;
  /** Whether the twin remembers this message and those before it as a summary. */
  readonly summarized?: boolean | undefined;
  /** The ID of the turn, which a question and its answer share. */
  readonly turn?: string | undefined;
  /** The turns that a question replaces, the last one first. */
  readonly replaces?: readonly string[];
  /** The turns that this one replaced since the page was loaded, the oldest first. */
  readonly earlier?: readonly Turn[] | undefined;
}

export interface Turn {
  readonly question: Message;
  readonly answer: Message;
}

let lastKey = 0;

export function createMessage(
  role: Message['role'],
  text: string,
  phase: Phase,
  at: string | undefined = new Date().toISOString(),
): Message {
  lastKey += 1;
  return { key: lastKey, role, text, at, phase };
}

export function isInProgress({ phase }: Message): boolean {
  return phase === 'waiting' || phase === 'streaming' || phase === 'recovering';
}
