// What the twin remembers of a conversation, and how it is made to forget it.

import { isRecord } from '../settings/config.ts';
import { Problem } from './problem.ts';
import { problemOf } from './refusal.ts';

export interface Said {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly at: string | undefined;
}

const PATIENCE = 15_000;

export async function history(session: string): Promise<Said[]> {
  const json: unknown = await (await call(session, 'GET')).json().catch(() => undefined);
  const messages = isRecord(json) && Array.isArray(json['messages']) ? json['messages'] : [];
  return messages.map(read).filter((said) => said !== undefined);
}

export async function forget(session: string): Promise<void> {
  await call(session, 'DELETE');
}

async function call(session: string, method: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`/api/chat/history/${encodeURIComponent(session)}`, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Problem(navigator.onLine ? 'lost' : 'offline');
  }
  if (answer.ok) return answer;
  const json: unknown = await answer.json().catch(() => undefined);
  throw problemOf(answer.status, answer.headers.get('retry-after'), isRecord(json) ? json['code'] : undefined);
}

function read(json: unknown): Said | undefined {
  if (!isRecord(json)) return undefined;
  const { role, content, timestamp } = json;
  if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string') return undefined;
  return { role, text: content, at: typeof timestamp === 'string' ? timestamp : undefined };
}
