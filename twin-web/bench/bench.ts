// The page's figures as JSON, each with its limit; ends with 1 where one is missed.

import { chromium } from '@playwright/test';
import config from '../playwright.config.ts';
import { Scripted } from '../tests/support/scripted.ts';
import { firstPaint } from './paint.ts';
import { heap } from './heap.ts';
import { lighthouse } from './lighthouse.ts';
import { sizes } from './sizes.ts';
import { stream } from './stream.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number;
  /** Whether more or less is better. */
  readonly better: 'less' | 'more';
}

export async function bench(): Promise<number> {
  const backend = await Scripted.start();
  backend.front.config = JSON.stringify({ name: 'Mira Talvik', suggestions: ['What do you do?'] });
  const browser = await chromium.launch(config.use!.launchOptions!);
  const figures: Figure[] = [];
  for (const measure of [sizes, firstPaint, stream, heap]) figures.push(...(await measure({ backend, browser })));
  await browser.close();
  figures.push(...(await lighthouse(backend)));
  await backend.stop();
  const judged = figures.map((figure) => ({
    ...figure,
    met: figure.better === 'less' ? figure.value <= figure.limit : figure.value >= figure.limit,
  }));
  process.stdout.write(`${JSON.stringify({ figures: judged }, undefined, 2)}\n`);
  return judged.every(({ met }) => met) ? 0 : 1;
}
