// Parsing server-sent events, and classifying error responses.

import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { ask, type AnswerPart } from '../../src/api/chat.ts';
import { toProblem } from '../../src/api/error-response.ts';
import { readEvents, type ServerEvent } from '../../src/api/sse.ts';

/** Parses a body that arrives in chunks, split at the given offsets. */
async function parse(bytes: Uint8Array, cuts: readonly number[]): Promise<ServerEvent[]> {
  const offsets = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      offsets.slice(1).forEach((end, at) => controller.enqueue(bytes.slice(offsets[at], end)));
      controller.close();
    },
  });
  const found: ServerEvent[] = [];
  for await (const event of readEvents(body)) found.push(event);
  return found;
}

test.each(['\n', '\r\n', '\r'])('events with line end %j, split into arbitrary chunks', async (end) => {
  const expected = [
    { event: 'session', data: '{"a":1}' },
    { event: 'token', data: 'ä 🌉\nsecond' },
    { event: '', data: '' },
  ];
  const lines = [
    ': comment',
    'event: session',
    'data: {"a":1}',
    '',
    'event:token',
    'data: ä 🌉',
    'data:second',
    'id: 4',
    '',
    'event: no data',
    '',
    'data:',
    '',
    'event: cut',
    'data: x',
    '',
  ];
  const bytes = new TextEncoder().encode(lines.join(end));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
      expect((await parse(bytes, cuts)).slice(0, 3)).toEqual(expected);
    }),
  );
});

test('an event that never ends is discarded', async () => {
  expect(await parse(new TextEncoder().encode(`data: ${'x'.repeat(3 << 20)}`), [1 << 20, 2 << 20])).toEqual([]);
});

test.each([
  [429, '12', 'too_many_turns', 'busy', 12],
  [429, null, undefined, 'busy', 10],
  [429, 'Wed, 21 Oct 2026 07:28:00 GMT', undefined, 'busy', 10],
  [429, '99999999', undefined, 'busy', 300],
  [429, '-4', undefined, 'busy', 10],
  [503, '5', 'model_failed', 'unavailable', 5],
  [503, null, undefined, 'unavailable', 0],
  [500, null, 'internal', 'unavailable', 0],
  [504, null, undefined, 'unavailable', 0],
  [413, null, 'message_too_long', 'too-long', 0],
  [400, null, 'bad_session_id', 'session', 0],
  [422, null, 'bad_body', 'refused', 0],
  [403, null, 'forbidden', 'refused', 0],
  [403, '60', 'paused', 'paused', 60],
  [409, null, 'conversation_changed', 'conflict', 0],
])('status %i, Retry-After %s, code %s', (status, retryAfter, code, kind, wait) => {
  expect(toProblem(status, retryAfter, code)).toMatchObject({ kind, retryAfter: wait });
});

/** Asks a question, and receives these chunks of a stream, each after a pause of 50 seconds. */
async function receive(chunks: readonly string[]): Promise<AnswerPart[]> {
  vi.useFakeTimers();
  const encoder = new TextEncoder();
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        chunks.forEach((chunk, at) => setTimeout(() => controller.enqueue(encoder.encode(chunk)), (at + 1) * 50_000));
        signal!.addEventListener('abort', () => controller.error(signal!.reason));
      },
    });
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
  });
  vi.stubGlobal('navigator', { onLine: true });
  const question = { message: 'Hi', turn: 't', replaces: [] };
  const parts: AnswerPart[] = [];
  const received = (async () => {
    for await (const part of ask('s', question, new AbortController().signal)) parts.push(part);
  })();
  const [outcome] = await Promise.allSettled([received, vi.advanceTimersByTimeAsync(1_000_000)]);
  if (outcome.status === 'rejected') throw outcome.reason;
  return parts;
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('comments show that the connection is alive', async () => {
  const comment = ': the model is thinking\n\n';
  const parts = await receive([comment, comment, comment, 'event: done\ndata: {"response":"Yes."}\n\n']);
  expect(parts).toMatchObject([{ kind: 'done', text: 'Yes.' }]);
});

test('a connection without data for a minute is lost', async () => {
  await expect(receive([': the model is thinking\n\n'])).rejects.toMatchObject({ kind: 'lost' });
});
