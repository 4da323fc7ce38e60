// Whether the page's memory stays flat over a very long conversation.

import { whole } from '../tests/support/scripted.ts';
import type { Figure } from './bench.ts';
import type { Place } from './place.ts';

const MESSAGES = 500;
/** The conversation on the screen is as long as it gets from here on. */
const FULL = 200;
const MEGABYTE = 1_000_000;

export async function heap({ backend, browser }: Place): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  const cdp = await page.context().newCDPSession(page);
  backend.usual = whole('An **answer** with some `code`, a list\n\n- one\n- two\n\nand more text after it. '.repeat(5));
  await page.goto(backend.front.url);
  const used = async (): Promise<number> => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  let full = 0;
  for (let said = 2; said <= MESSAGES; said += 2) {
    await page.locator('#message').fill(`Question ${said}`);
    await page.locator('#message').press('Enter');
    await page.locator('.message:last-child.answer time').waitFor();
    if (said === FULL) full = await used();
  }
  const end = await used();
  await page.close();
  return [
    {
      name: `memory at ${MESSAGES} messages`,
      value: Math.round((end / MEGABYTE) * 100) / 100,
      unit: 'MB',
      limit: 20,
      better: 'less',
    },
    {
      name: `growth between ${FULL} and ${MESSAGES} messages`,
      value: Math.round(((end - full) / MEGABYTE) * 100) / 100,
      unit: 'MB',
      limit: 0.5,
      better: 'less',
    },
  ];
}
