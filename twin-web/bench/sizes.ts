// What a visitor fetches to see the page: everything but pictures, as gzip sends it.

import { gzipSync } from 'node:zlib';
import type { Figure } from './bench.ts';
import type { Place } from './place.ts';

const KILOBYTE = 1_000;

/** English comes with the page; of the others the longest. */
const LOCALES = ['en', 'ja'];

export async function sizes(place: Place): Promise<Figure[]> {
  const views = [];
  for (const locale of LOCALES) views.push(...(await firstView(place, locale)));
  const embed = await (await fetch(`${place.backend.front.url}/embed.js`)).text();
  return [...views, size('embed.js', gzipSync(embed, { level: 6 }).length, 2 * KILOBYTE)];
}

async function firstView({ backend, browser }: Place, locale: string): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block', locale });
  const sums = { script: 0, stylesheet: 0 };
  const seen: Promise<void>[] = [];
  page.on('response', (answer) => {
    const type = answer.request().resourceType();
    if (type === 'script' || type === 'stylesheet')
      seen.push(
        answer.body().then((body) => {
          sums[type] += gzipSync(body, { level: 6 }).length;
        }),
      );
  });
  await page.goto(backend.front.url, { waitUntil: 'networkidle' });
  await Promise.all(seen);
  await page.close();
  return [
    size(`first view in ${locale}: scripts`, sums.script, 14 * KILOBYTE),
    size(`first view in ${locale}: style sheets`, sums.stylesheet, 5 * KILOBYTE),
  ];
}

function size(name: string, value: number, limit: number): Figure {
  return { name, value, unit: 'bytes, gzip', limit, better: 'less' };
}
