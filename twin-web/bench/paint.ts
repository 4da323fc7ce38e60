// Time to the first paint while `config.json` and the API do not respond.

import type { Figure } from './figure.ts';
import type { Setup } from './setup.ts';

/** When they respond, in milliseconds. */
const RESPONSE_TIME = 3_000;

export async function firstPaint({ backend, browser }: Setup): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  for (const pattern of ['**/api/**', '**/config.json']) {
    await page.route(pattern, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, RESPONSE_TIME));
      await route.continue().catch(() => {});
    });
  }
  await page.goto(backend.pageServer.url, { waitUntil: 'commit' });
  await page.locator('#message').waitFor();
  const usable = await page.evaluate(() => performance.now());
  // The browser reports the paint some time after it.
  const entry = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  const painted = Number(await entry.jsonValue());
  await page.close();
  return [
    {
      name: 'first paint while nothing responds',
      value: Math.round(painted),
      unit: 'ms',
      limit: RESPONSE_TIME / 3,
      better: 'less',
    },
    {
      name: 'ready for input while nothing responds',
      value: Math.round(usable),
      unit: 'ms',
      limit: RESPONSE_TIME / 2,
      better: 'less',
    },
  ];
}
