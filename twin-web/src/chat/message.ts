// One thing that was said, and how far it got.

import type { Kind } from '../api/problem.ts';
import type { Said } from '../api/history.ts';

export type Phase = 'done' | 'waiting' | 'writing' | 'looking' | 'stopped' | 'failed';

export interface Message {
  readonly key: number;
  readonly role: Said['role'];
  readonly text: string;
  readonly at: string | undefined;
  readonly phase: Phase;
  readonly problem?: Kind;
  /** When it makes sense to try again, in milliseconds. */
  readonly retryAt?: number;
  readonly unsaved?: boolean;
}

let last = 0;

export function message(
  role: Message['role'],
  text: string,
  phase: Phase,
  at: string | undefined = new Date().toISOString(),
): Message {
  last += 1;
  return { key: last, role, text, at, phase };
}

/** What was said, without the turns that later ones have replaced. */
export function visible(said: readonly Said[], hidden: readonly string[] = []): Message[] {
  const kept = said.filter((one, at) => {
    const answer = one.role === 'user' ? said[at + 1] : one;
    return !(answer?.role === 'assistant' && answer.at !== undefined && hidden.includes(answer.at));
  });
  return kept.map(({ role, text, at }) => message(role, text, 'done', at ?? ''));
}
