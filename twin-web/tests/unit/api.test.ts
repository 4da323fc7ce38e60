// Parsing server-sent events, and classifying error responses.

import fc from 'fast-check';
import { expect, test } from 'vitest';
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
  [409, null, 'conversation_changed', 'conflict', 0],
])('status %i, Retry-After %s, code %s', (status, retryAfter, code, kind, wait) => {
  expect(toProblem(status, retryAfter, code)).toMatchObject({ kind, retryAfter: wait });
});
