// Lighthouse scores. Lighthouse has its own package, because building and testing the page do not need it.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import config from '../playwright.config.ts';
import type { ScriptedBackend } from '../tests/support/scripted-backend.ts';
import type { Figure } from './figure.ts';

const FOLDER = join(import.meta.dirname, 'lighthouse');
const MIN_SCORE = 99;

interface Report {
  readonly categories: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
}

export async function lighthouse(backend: ScriptedBackend): Promise<Figure[]> {
  const program = join(FOLDER, 'node_modules/.bin/lighthouse');
  if (!existsSync(program)) execFileSync('npm', ['ci'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  const { executablePath, args = [] } = config.use!.launchOptions!;
  const child = spawn(
    program,
    [backend.pageServer.url, '--output=json', '--quiet', `--chrome-flags=--headless=new ${args.join(' ')}`],
    {
      env: { ...process.env, CHROME_PATH: executablePath },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const { categories } = JSON.parse(text) as Report;
  return Object.values(categories).map(({ title, score }) => ({
    name: `Lighthouse: ${title}`,
    value: Math.round((score ?? 0) * 100),
    unit: 'of 100',
    limit: MIN_SCORE,
    better: 'more',
  }));
}
