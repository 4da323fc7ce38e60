// CommonMark's own examples for everything that is supported.

import { tests } from 'commonmark-spec';
import { describe, expect, test } from 'vitest';
import { toHtml } from '../support/html.ts';

const NOT_SUPPORTED = new Set(['HTML blocks', 'Raw HTML', 'Images', 'Link reference definitions']);
const BECAUSE: Readonly<Record<string, readonly number[]>> = {
  'raw HTML is text': [21, 31, 308, 309, 344, 475, 476, 477, 491, 494, 524, 642, 643],
  'images are text': [517, 520],
  'links need their address beside them': [317],
  'few entities have names': [25],
  'an address is a link without any markup': [602, 606, 608, 611, 612],
};
const LEFT_OUT = new Set(Object.values(BECAUSE).flat());

const reference = /^ {0,3}(?:> ?)?\[[^\]]*\]:/m;
const supported = tests.filter(
  ({ section, markdown, number }) => !NOT_SUPPORTED.has(section) && !reference.test(markdown) && !LEFT_OUT.has(number),
);

describe.each([...new Set(supported.map(({ section }) => section))])('%s', (section) => {
  test.each(supported.filter((example) => example.section === section))('example $number', ({ markdown, html }) => {
    expect(toHtml(markdown.replace(/→/g, '\t'))).toBe(html.replace(/→/g, '\t'));
  });
});

test('most of CommonMark is supported', () => {
  expect(supported.length).toBeGreaterThan(450);
});
