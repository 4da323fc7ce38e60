// Lighthouse's four marks; it has a package of its own, because nobody needs it to build or test the page.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import config from '../playwright.config.ts';
import type { Scripted } from '../tests/support/scripted.ts';
import type { Figure } from './bench.ts';

const FOLDER = join(import.meta.dirname, 'lighthouse');
const ENOUGH = 99;

interface Report {
  readonly categories: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
}

export async function lighthouse(backend: Scripted): Promise<Figure[]> {
  const program = join(FOLDER, 'node_modules/.bin/lighthouse');
  if (!existsSync(program)) execFileSync('npm', ['ci'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  const { executablePath, args = [] } = config.use!.launchOptions!;
  const child = spawn(
    program,
    [backend.front.url, '--output=json', '--quiet', `--chrome-flags=--headless=new ${args.join(' ')}`],
    {
      env: { ...process.env, CHROME_PATH: executablePath },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  for await (const piece of child.stdout) text += piece;
  const { categories } = JSON.parse(text) as Report;
  return Object.values(categories).map(({ title, score }) => ({
    name: `Lighthouse: ${title}`,
    value: Math.round((score ?? 0) * 100),
    unit: 'of 100',
    limit: ENOUGH,
    better: 'more',
  }));
}
