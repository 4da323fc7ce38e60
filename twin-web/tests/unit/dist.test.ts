// What is committed as built: names that caches may keep for ever, and nothing that the page's policy forbids.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, dist), 'utf8');

test('everything in assets is named by its content', () => {
  for (const name of readdirSync(new URL('assets/', dist))) {
    const hash = /-([\w-]{8})\.(?:js|css)$/.exec(name)?.[1] ?? '';
    const kinds = [/\d/, /[a-z]/, /[A-Z]/].filter((kind) => kind.test(hash));
    expect(kinds.length, name).toBeGreaterThanOrEqual(2);
  }
});

test.each(['index.html', '404.html'])('%s has no script or style of its own', (name) => {
  const html = read(name);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  for (const [tag] of html.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(/ src="\//);
});

test('the launcher and the worker are one file each, with nothing left to fill in', () => {
  for (const name of ['embed.js', 'sw.js']) expect(read(name)).not.toMatch(/\bimport\b|\bexport\b|__[A-Z]+__/);
  const kept = JSON.parse(/\[(?:"\/[^"]+",?)+\]/.exec(read('sw.js'))![0]) as string[];
  for (const name of kept) expect(() => read(name.slice(1)), name).not.toThrow();
  expect(kept).toContain('/index.html');
});

test('what is needed first is one script', () => {
  const [name] = /assets\/index-[\w-]+\.js/.exec(read('index.html'))!;
  expect(read(name)).not.toMatch(/\bfrom\s*["'`]\.\//);
});
