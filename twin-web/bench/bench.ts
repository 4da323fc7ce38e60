// Measures the page and prints the figures as JSON. Returns the exit code: 1 if a figure misses its limit.

import { chromium } from '@playwright/test';
import config from '../playwright.config.ts';
import { ScriptedBackend } from '../tests/support/scripted-backend.ts';
import type { Figure } from './figure.ts';
import { heap } from './heap.ts';
import { lighthouse } from './lighthouse.ts';
import { firstPaint } from './paint.ts';
import { sizes } from './sizes.ts';
import { stream } from './stream.ts';

export async function bench(): Promise<number> {
  const backend = await ScriptedBackend.start();
  backend.pageServer.config = JSON.stringify({ name: 'Mira Talvik', suggestions: ['What do you do?'] });
  const browser = await chromium.launch(config.use!.launchOptions!);
  const figures: Figure[] = [];
  for (const measure of [sizes, firstPaint, stream, heap]) figures.push(...(await measure({ backend, browser })));
  await browser.close();
  figures.push(...(await lighthouse(backend)));
  await backend.stop();
  const results = figures.map((figure) => ({
    ...figure,
    met: figure.better === 'less' ? figure.value <= figure.limit : figure.value >= figure.limit,
  }));
  process.stdout.write(`${JSON.stringify({ figures: results }, undefined, 2)}\n`);
  return results.every(({ met }) => met) ? 0 : 1;
}
