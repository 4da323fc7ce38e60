// When something is seen, while neither settings nor API have answered.

import type { Figure } from './bench.ts';
import type { Place } from './place.ts';

const SILENCE = 3_000;

export async function firstPaint({ backend, browser }: Place): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block' });
  for (const pattern of ['**/api/**', '**/config.json']) {
    await page.route(pattern, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, SILENCE));
      await route.continue().catch(() => {});
    });
  }
  await page.goto(backend.front.url, { waitUntil: 'commit' });
  await page.locator('#message').waitFor();
  const usable = await page.evaluate(() => performance.now());
  // It is told a moment after it was.
  const told = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  const painted = Number(await told.jsonValue());
  await page.close();
  return [
    {
      name: 'first paint while nothing answers',
      value: Math.round(painted),
      unit: 'ms',
      limit: SILENCE / 3,
      better: 'less',
    },
    {
      name: 'ready to write while nothing answers',
      value: Math.round(usable),
      unit: 'ms',
      limit: SILENCE / 2,
      better: 'less',
    },
  ];
}
