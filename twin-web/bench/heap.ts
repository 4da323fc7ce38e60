// Memory of the page in a very long conversation.

import { answer } from '../tests/support/scripted-backend.ts';
import type { Figure } from './figure.ts';
import type { Setup } from './setup.ts';

const MESSAGES = 500;
/** The page keeps this many messages, so from here on its memory should stay constant. */
const FULL = 200;
const MEGABYTE = 1_000_000;

export async function heap({ backend, browser }: Setup): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  const cdp = await page.context().newCDPSession(page);
  backend.defaultReply = answer(
    'An **answer** with some `code`, a list\n\n- one\n- two\n\nand more text after it. '.repeat(5),
  );
  await page.goto(backend.pageServer.url);
  const used = async (): Promise<number> => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  let full = 0;
  for (let count = 2; count <= MESSAGES; count += 2) {
    await page.locator('#message').fill(`Question ${count}`);
    await page.locator('#message').press('Enter');
    await page.locator('.message:last-child.answer time').waitFor();
    if (count === FULL) full = await used();
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
