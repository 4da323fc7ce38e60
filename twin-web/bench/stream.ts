// Main-thread tasks while a long answer arrives, on a processor that is four times slower.

import type { CDPSession } from '@playwright/test';
import { event } from '../tests/support/scripted-backend.ts';
import type { Figure } from './figure.ts';
import type { Setup } from './setup.ts';

const TOKENS = 2_000;
const BYTES = 20_000;
const SLOWDOWN = 4;
/** The pause between tokens, in milliseconds. So short that some arrive together, as they do from a model. */
const PAUSE = 5;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly dur?: number;
  readonly tid: number;
  readonly pid: number;
  readonly args?: { readonly name?: string };
}

export async function stream({ backend, browser }: Setup): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  const cdp = await page.context().newCDPSession(page);
  const deltas = tokens();
  backend.replies.push(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const delta of deltas) {
      response.write(event('token', { delta }));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    response.end(
      event('done', { response: deltas.join(''), session_id: request.session_id, timestamp: new Date().toISOString() }),
    );
  });
  await page.goto(backend.pageServer.url);
  await page.locator('#message').focus();
  await page.waitForLoadState('networkidle');
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  const traced = trace(cdp);
  await traced.begin();
  await page.locator('#message').fill('A long one, please');
  await page.locator('#message').press('Enter');
  await page.locator('.answer time').waitFor({ timeout: 600_000 });
  const tasks = mainThreadTasks(await traced.end());
  await page.close();
  const percentile = (fraction: number): number =>
    Math.round(tasks[Math.min(tasks.length - 1, Math.floor(tasks.length * fraction))]! * 100) / 100;
  return [
    {
      name: `main-thread tasks of a streamed answer (${TOKENS} tokens, ${BYTES} bytes, ${SLOWDOWN}x slower): 95th percentile`,
      value: percentile(0.95),
      unit: 'ms',
      limit: 16,
      better: 'less',
    },
    { name: 'the same: 99th percentile', value: percentile(0.99), unit: 'ms', limit: 50, better: 'less' },
  ];
}

/** Alternates between prose, lists, tables and code. */
function tokens(): string[] {
  const block =
    '## Section\n\nSome *prose* about **timber** bridges with `code` and a [link](https://example.com), long enough to be wrapped once or twice on '
    + 'most screens, and then a list:\n\n- first\n- second with **weight**\n  - nested\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst span = 84; // metres\n```\n\n';
  const text = block.repeat(Math.ceil(BYTES / block.length)).slice(0, BYTES);
  const length = BYTES / TOKENS;
  return Array.from({ length: TOKENS }, (_, at) => text.slice(at * length, (at + 1) * length));
}

function trace(cdp: CDPSession): { begin(): Promise<void>; end(): Promise<TraceEvent[]> } {
  const events: TraceEvent[] = [];
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  return {
    begin: async () =>
      void (await cdp.send('Tracing.start', {
        traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'toplevel', '__metadata'] },
        transferMode: 'ReportEvents',
      })),
    async end() {
      const complete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
      await cdp.send('Tracing.end');
      await complete;
      return events;
    },
  };
}

/** Returns the durations in milliseconds, ascending. */
function mainThreadTasks(events: readonly TraceEvent[]): number[] {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}:${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid, dur }) => name === 'RunTask' && dur !== undefined && mains.has(`${pid}:${tid}`),
  );
  return tasks.map(({ dur }) => dur! / 1_000).sort((a, b) => a - b);
}
