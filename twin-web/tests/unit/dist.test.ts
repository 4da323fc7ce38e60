// The committed build: file names that can be cached forever, and nothing that the content security policy forbids.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, dist), 'utf8');

test('the names of all assets contain a hash', () => {
  for (const name of readdirSync(new URL('assets/', dist))) {
    const hash = /-([\w-]{8})\.(?:js|css)$/.exec(name)?.[1] ?? '';
    const characterClasses = [/\d/, /[a-z]/, /[A-Z]/].filter((pattern) => pattern.test(hash));
    expect(characterClasses.length, name).toBeGreaterThanOrEqual(2);
  }
});

test.each(['index.html', '404.html'])('%s has no inline scripts or styles', (name) => {
  const html = read(name);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  for (const [tag] of html.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(/ src="\//);
});

test('embed.js and sw.js import nothing and contain no placeholders', () => {
  for (const name of ['embed.js', 'sw.js']) expect(read(name)).not.toMatch(/\bimport\b|\bexport\b|__[A-Z]+__/);
  const cached = JSON.parse(/\[(?:"\/[^"]+",?)+\]/.exec(read('sw.js'))![0]) as string[];
  for (const name of cached) expect(() => read(name.slice(1)), name).not.toThrow();
  expect(cached).toContain('/index.html');
});

test('the first view needs a single script', () => {
  const [name] = /assets\/index-[\w-]+\.js/.exec(read('index.html'))!;
  expect(read(name)).not.toMatch(/\bfrom\s*["'`]\.\//);
});
