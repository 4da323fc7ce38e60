// The API's answers: events however they are cut, and every refusal as a problem that a visitor knows.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemOf } from '../../src/api/refusal.ts';
import { events, type ServerEvent } from '../../src/api/sse.ts';

async function read(bytes: Uint8Array, cuts: readonly number[]): Promise<ServerEvent[]> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      places.slice(1).forEach((end, at) => controller.enqueue(bytes.slice(places[at], end)));
      controller.close();
    },
  });
  const found: ServerEvent[] = [];
  for await (const event of events(body)) found.push(event);
  return found;
}

test.each(['\n', '\r\n', '\r'])('events with %j, cut anywhere', async (end) => {
  const wanted = [
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
      expect((await read(bytes, cuts)).slice(0, 3)).toEqual(wanted);
    }),
  );
});

test('an event without end is given up', async () => {
  expect(await read(new TextEncoder().encode(`data: ${'x'.repeat(3 << 20)}`), [1 << 20, 2 << 20])).toEqual([]);
});

test.each([
  [429, '12', 'too_many_turns', 'busy', 12],
  [429, null, undefined, 'busy', 10],
  [429, 'Wed, 21 Oct 2026 07:28:00 GMT', undefined, 'busy', 10],
  [429, '99999999', undefined, 'busy', 300],
  [429, '-4', undefined, 'busy', 10],
  [503, '5', 'model_failed', 'away', 5],
  [503, null, undefined, 'away', 0],
  [500, null, 'internal', 'away', 0],
  [504, null, undefined, 'away', 0],
  [413, null, 'message_too_long', 'long', 0],
  [400, null, 'bad_session_id', 'session', 0],
  [422, null, 'bad_body', 'refused', 0],
  [403, null, 'forbidden', 'refused', 0],
])('%i %s %s', (status, retryAfter, code, kind, wait) => {
  expect(problemOf(status, retryAfter, code)).toMatchObject({ kind, retryAfter: wait });
});
