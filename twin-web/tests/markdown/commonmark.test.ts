// The examples of the CommonMark specification, for all syntax that is supported.

import { tests } from 'commonmark-spec';
import { describe, expect, test } from 'vitest';
import { toHtml } from '../support/to-html.ts';

const NOT_SUPPORTED = new Set(['HTML blocks', 'Raw HTML', 'Images', 'Link reference definitions']);
const EXCLUDED_EXAMPLES: Readonly<Record<string, readonly number[]>> = {
  'raw HTML is shown as text': [21, 31, 308, 309, 344, 475, 476, 477, 491, 494, 524, 642, 643],
  'images are shown as text': [517, 520],
  'link references are not supported': [317],
  'only frequent named entities are supported': [25],
  'bare addresses become links': [602, 606, 608, 611, 612],
};
const EXCLUDED = new Set(Object.values(EXCLUDED_EXAMPLES).flat());

const reference = /^ {0,3}(?:> ?)?\[[^\]]*\]:/m;
const supported = tests.filter(
  ({ section, markdown, number }) => !NOT_SUPPORTED.has(section) && !reference.test(markdown) && !EXCLUDED.has(number),
);

describe.each([...new Set(supported.map(({ section }) => section))])('%s', (section) => {
  test.each(supported.filter((example) => example.section === section))('example $number', ({ markdown, html }) => {
    expect(toHtml(markdown.replace(/→/g, '\t'))).toBe(html.replace(/→/g, '\t'));
  });
});

test('more than 450 examples are covered', () => {
  expect(supported.length).toBeGreaterThan(450);
});
