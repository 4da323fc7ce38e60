// Sends a message and reads the answer, as a stream of events or as one JSON document.

import { isRecord } from '../base/json.ts';
import { readProblem, toProblem } from './error-response.ts';
import { Problem } from './problem.ts';
import { readEvents } from './sse.ts';

export type AnswerPart =
  | { readonly kind: 'delta'; readonly text: string }
  | {
      readonly kind: 'done';
      readonly text: string;
      readonly at: string;
      readonly unsaved: boolean;
      /** The last turn that the twin has summarized now. */
      readonly summarized: unknown;
    };

/** Time without any data after which the connection counts as lost. */
const SILENCE_TIMEOUT = 60_000;

export interface ChatQuestion {
  readonly message: string;
  readonly turn: string | undefined;
  /** The turns that this one replaces. */
  readonly replaces: readonly string[];
}

export async function* ask(session: string, question: ChatQuestion, signal: AbortSignal): AsyncGenerator<AnswerPart> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restartTimer = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_TIMEOUT);
  };
  try {
    restartTimer();
    const response = await fetch('/api/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
      body: JSON.stringify({ ...question, session_id: session, stream: true }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok) throw await readProblem(response);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!isStream || !response.body) return yield parseAnswer(await response.json(), response.headers.get('x-memory'));
    for await (const { event, data } of readEvents(response.body, restartTimer)) {
      const part = parseEvent(event, JSON.parse(data));
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

function parseEvent(event: string, json: unknown): AnswerPart | undefined {
  if (!isRecord(json)) return undefined;
  if (event === 'token' && typeof json['delta'] === 'string') return { kind: 'delta', text: json['delta'] };
  if (event === 'done') return parseAnswer(json, null);
  if (event === 'error') throw toProblem(Number(json['status_code']), null, json['code']);
  return undefined;
}

function parseAnswer(json: unknown, memory: string | null): AnswerPart {
  if (!isRecord(json) || typeof json['response'] !== 'string') throw new Problem('unavailable');
  const at = typeof json['timestamp'] === 'string' ? json['timestamp'] : new Date().toISOString();
  const unsaved = memory !== null || json['memory'] !== undefined;
  return { kind: 'done', text: json['response'], at, unsaved, summarized: json['summarized'] };
}
