// Compressed size of the scripts and style sheets that the first view loads.

import { gzipSync } from 'node:zlib';
import type { Figure } from './figure.ts';
import type { Setup } from './setup.ts';

const KILOBYTE = 1_000;

/** English is part of the page. Japanese and Arabic are the languages with the largest files. */
const LOCALES = ['en', 'ja', 'ar'];

export async function sizes(setup: Setup): Promise<Figure[]> {
  const views = [];
  for (const locale of LOCALES) views.push(...(await firstView(setup, locale)));
  const embed = await (await fetch(`${setup.backend.pageServer.url}/embed.js`)).text();
  return [...views, size('embed.js', gzipSync(embed, { level: 6 }).length, 2 * KILOBYTE)];
}

async function firstView({ backend, browser }: Setup, locale: string): Promise<Figure[]> {
  const page = await browser.newPage({ serviceWorkers: 'block', locale });
  const sums = { script: 0, stylesheet: 0 };
  const measured: Promise<void>[] = [];
  page.on('response', (response) => {
    const type = response.request().resourceType();
    if (type === 'script' || type === 'stylesheet')
      measured.push(
        response.body().then((body) => {
          sums[type] += gzipSync(body, { level: 6 }).length;
        }),
      );
  });
  await page.goto(backend.pageServer.url, { waitUntil: 'networkidle' });
  await Promise.all(measured);
  await page.close();
  return [
    size(`first view in ${locale}: scripts`, sums.script, 14 * KILOBYTE),
    size(`first view in ${locale}: style sheets`, sums.stylesheet, 5 * KILOBYTE),
  ];
}

function size(name: string, value: number, limit: number): Figure {
  return { name, value, unit: 'bytes, gzip', limit, better: 'less' };
}
