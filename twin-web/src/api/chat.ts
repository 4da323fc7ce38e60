// One question to the twin, and its answer: in pieces where they come, whole where they do not.

import { isRecord } from '../settings/config.ts';
import { Problem } from './problem.ts';
import { problemOf } from './refusal.ts';
import { events } from './sse.ts';

export type Part =
  | { readonly kind: 'delta'; readonly text: string }
  | { readonly kind: 'done'; readonly text: string; readonly at: string; readonly unsaved: boolean };

/** Nothing at all comes for so long only when the connection is gone. */
const SILENCE = 60_000;

export async function* ask(session: string, message: string, signal: AbortSignal): AsyncGenerator<Part> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE);
  };
  try {
    alive();
    const answer = await fetch('/api/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
      body: JSON.stringify({ message, session_id: session, stream: true }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!answer.ok) throw await refusal(answer);
    const streamed = answer.headers.get('content-type')?.startsWith('text/event-stream');
    if (!streamed || !answer.body) return yield whole(await answer.json(), answer.headers.get('x-memory'));
    for await (const { event, data } of events(answer.body)) {
      alive();
      const part = read(event, JSON.parse(data));
      if (part) yield part;
      if (part?.kind === 'done') return;
    }
    throw new Problem('lost');
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem(navigator.onLine ? 'lost' : 'offline');
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(answer: Response): Promise<Problem> {
  const json: unknown = await answer.json().catch(() => undefined);
  return problemOf(answer.status, answer.headers.get('retry-after'), isRecord(json) ? json['code'] : undefined);
}

function read(event: string, json: unknown): Part | undefined {
  if (!isRecord(json)) return undefined;
  if (event === 'token' && typeof json['delta'] === 'string') return { kind: 'delta', text: json['delta'] };
  if (event === 'done') return whole(json, null);
  if (event === 'error') throw problemOf(Number(json['status_code']), null, json['code']);
  return undefined;
}

function whole(json: unknown, memory: string | null): Part {
  if (!isRecord(json) || typeof json['response'] !== 'string') throw new Problem('away');
  const at = typeof json['timestamp'] === 'string' ? json['timestamp'] : new Date().toISOString();
  return { kind: 'done', text: json['response'], at, unsaved: memory !== null || json['memory'] !== undefined };
}
