// Accent colors and style sheet: all text has enough contrast.

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accentColors, contrastOf } from '../../src/settings/accent.ts';

const style = readFileSync(new URL('../../src/style/page.css', import.meta.url), 'utf8');
const backgrounds = (side: 1 | 2): string[] =>
  ['ground', 'raised', 'sunken'].map(
    (name) => new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style)![side]!,
  );

test('text in and on any accent color has enough contrast', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const { fill, onFill, light, dark } = accentColors(`#${number.toString(16).padStart(6, '0')}`);
      expect(contrastOf(fill, onFill)).toBeGreaterThanOrEqual(4.5);
      for (const background of backgrounds(1)) expect(contrastOf(light, background)).toBeGreaterThanOrEqual(4.5);
      for (const background of backgrounds(2)) expect(contrastOf(dark, background)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('a readable color is not changed', () => {
  expect(accentColors('#36c').light).toBe('#3366cc');
});

test('the colors of the style sheet have enough contrast', () => {
  for (const name of ['ink', 'quiet', 'bad']) {
    const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(style)!;
    for (const background of backgrounds(1)) expect(contrastOf(light!, background)).toBeGreaterThanOrEqual(4.5);
    for (const background of backgrounds(2)) expect(contrastOf(dark!, background)).toBeGreaterThanOrEqual(4.5);
  }
  for (const [name, side] of [
    ['light', 1],
    ['dark', 2],
  ] as const) {
    const accent = new RegExp(`--accent-${name}: (#\\w+)`).exec(style)![1]!;
    for (const background of backgrounds(side)) expect(contrastOf(accent, background)).toBeGreaterThanOrEqual(4.5);
  }
});
