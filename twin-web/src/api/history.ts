// Reads and deletes stored conversations.

import { isRecord } from '../base/json.ts';
import { readProblem } from './error-response.ts';
import { Problem } from './problem.ts';

export interface StoredMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly at: string | undefined;
  /** The ID of the message's turn. */
  readonly turn?: string | undefined;
  /** Whether the visitor stopped the answer, or left before its end. */
  readonly stopped?: boolean;
  /** Whether the twin remembers this message and those before it as a summary. */
  readonly summarized?: boolean;
}

/** The content of a stopped answer of which nothing was shown. */
const NOTHING = '…';

const TIMEOUT = 15_000;

export async function fetchHistory(session: string): Promise<StoredMessage[]> {
  const json: unknown = await (await call(session, 'GET')).json().catch(() => undefined);
  const messages = isRecord(json) && Array.isArray(json['messages']) ? json['messages'] : [];
  return messages.map(parse).filter((message) => message !== undefined);
}

export async function deleteHistory(session: string): Promise<void> {
  await call(session, 'DELETE');
}

async function call(session: string, method: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api/chat/history/${encodeURIComponent(session)}`, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new Problem(navigator.onLine ? 'lost' : 'offline');
  }
  if (!response.ok) throw await readProblem(response);
  return response;
}

function parse(json: unknown): StoredMessage | undefined {
  if (!isRecord(json)) return undefined;
  const { role, content, timestamp, turn, stopped, summary } = json;
  if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string') return undefined;
  const isStopped = stopped === true;
  const text = isStopped && content === NOTHING ? '' : content;
  return {
    role,
    text,
    at: optionalText(timestamp),
    turn: optionalText(turn),
    stopped: isStopped,
    summarized: typeof summary === 'string',
  };
}

function optionalText(json: unknown): string | undefined {
  return typeof json === 'string' ? json : undefined;
}
