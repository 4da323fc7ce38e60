// The owner's colour is readable, whatever it is.

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accent, contrastOf } from '../../src/settings/accent.ts';

const style = readFileSync(new URL('../../src/style/page.css', import.meta.url), 'utf8');
const grounds = (side: 1 | 2): string[] =>
  ['ground', 'raised', 'sunken'].map(
    (name) => new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style)![side]!,
  );

test('text in it and on it has enough contrast on every background', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const { fill, onFill, light, dark } = accent(`#${number.toString(16).padStart(6, '0')}`);
      expect(contrastOf(fill, onFill)).toBeGreaterThanOrEqual(4.5);
      for (const ground of grounds(1)) expect(contrastOf(light, ground)).toBeGreaterThanOrEqual(4.5);
      for (const ground of grounds(2)) expect(contrastOf(dark, ground)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('a colour that is readable already stays as it is', () => {
  expect(accent('#36c').light).toBe('#3366cc');
});

test('the colours of the style sheet have enough contrast', () => {
  for (const name of ['ink', 'quiet', 'bad']) {
    const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style)!;
    for (const ground of grounds(1)) expect(contrastOf(light!, ground)).toBeGreaterThanOrEqual(4.5);
    for (const ground of grounds(2)) expect(contrastOf(dark!, ground)).toBeGreaterThanOrEqual(4.5);
  }
  for (const [name, side] of [
    ['light', 1],
    ['dark', 2],
  ] as const) {
    const accent = new RegExp(`--accent-${name}: (#\\w+)`).exec(style)![1]!;
    for (const ground of grounds(side)) expect(contrastOf(accent, ground)).toBeGreaterThanOrEqual(4.5);
  }
});
