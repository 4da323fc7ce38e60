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
  readonly problem?: ProblemKind;
  /** When the question may be sent again, in milliseconds since the epoch. */
  readonly retryAt?: number;
  readonly unsaved?: boolean;
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

/** Returns the stored messages without the answers whose times are in `hidden`, and without their questions. */
export function visibleMessages(stored: readonly StoredMessage[], hidden: readonly string[] = []): Message[] {
  const visible = stored.filter((message, at) => {
    const answer = message.role === 'user' ? stored[at + 1] : message;
    return !(answer?.role === 'assistant' && answer.at !== undefined && hidden.includes(answer.at));
  });
  return visible.map(({ role, text, at }) => createMessage(role, text, 'done', at ?? ''));
}

export function isInProgress({ phase }: Message): boolean {
  return phase === 'waiting' || phase === 'streaming' || phase === 'recovering';
}
