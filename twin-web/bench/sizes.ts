// What a visitor fetches to see the page: everything but pictures, as gzip sends it.

import { gzipSync } from 'node:zlib';
import type { Figure } from './bench.ts';
import type { Place } from './place.ts';

const KILOBYTE = 1_000;

export async function sizes({ backend, browser }: Place): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block', locale: 'en' });
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
  const embed = await (await fetch(`${backend.front.url}/embed.js`)).text();
  return [
    size('first view: scripts', sums.script, 14 * KILOBYTE),
    size('first view: style sheets', sums.stylesheet, 5 * KILOBYTE),
    size('embed.js', gzipSync(embed, { level: 6 }).length, 2 * KILOBYTE),
  ];
}

function size(name: string, value: number, limit: number): Figure {
  return { name, value, unit: 'bytes, gzip', limit, better: 'less' };
}
