// Hostile text takes time linear in its length, and no depth of nesting.

import { expect, test } from 'vitest';
import { parse } from '../../src/markdown/markdown.ts';
import { NESTING } from '../../src/markdown/tree.ts';

const HOSTILE: Readonly<Record<string, (n: number) => string>> = {
  brackets: (n) => '['.repeat(n),
  'closing brackets': (n) => '['.repeat(n / 2) + ']'.repeat(n / 2),
  'links without end': (n) => '[a]('.repeat(n / 4),
  'pointed links without end': (n) => '[a](<b'.repeat(n / 6),
  'titles without end': (n) => '[a](b "'.repeat(n / 7),
  'links in links': (n) => '['.repeat(n / 2) + '](x)'.repeat(n / 8),
  'many links': (n) => `${'['.repeat(n / 2)}${'[a](b)'.repeat(n / 12)}`,
  'stars that open': (n) => '*a '.repeat(n / 3),
  'stars that open and close': (n) => '*a **b '.repeat(n / 14) + 'c* d**'.repeat(n / 12),
  'stars of both kinds': (n) => 'a**b_c*d'.repeat(n / 8),
  'one run of stars': (n) => `${'*'.repeat(n / 2)}a${'*'.repeat(n / 2)}`,
  'nested emphasis': (n) => '*a _b '.repeat(n / 12) + 'c_ d*'.repeat(n / 10),
  tildes: (n) => '~~a ~b '.repeat(n / 7),
  'backticks of growing length': (n) => Array.from({ length: Math.sqrt(n) }, (_, at) => `e${'`'.repeat(at)}`).join(''),
  'single backticks': (n) => 'a`'.repeat(n / 2),
  quotes: (n) => '>'.repeat(n),
  'quotes on many lines': (n) => '> > > > > > a\n'.repeat(n / 14),
  lists: (n) => '- '.repeat(n / 2),
  'lists ever deeper': (n) => Array.from({ length: Math.sqrt(n) }, (_, at) => `${' '.repeat(at * 2)}- a\n`).join(''),
  rules: (n) => `${'* '.repeat(n / 2)}a`,
  'angle brackets': (n) => '<'.repeat(n),
  'addresses without end': (n) => '<a:'.repeat(n / 3),
  entities: (n) => '&#'.repeat(n / 2),
  'at signs': (n) => 'a@'.repeat(n / 2),
  'mail names': (n) => `${'a.'.repeat(n / 2)}@`,
  'bare addresses': (n) => 'https://a'.repeat(n / 9),
  'brackets in an address': (n) => `https://a.example/${')'.repeat(n)}`,
  'full stops after an address': (n) => `https://a.example/${'.'.repeat(n)}`,
  tables: (n) => `${'|a'.repeat(n / 4)}\n${'|-'.repeat(n / 4)}\n`,
  'wide rows': (n) => `|a|\n|-|\n|${'b|'.repeat(n / 2)}`,
  'head signs': (n) => `# ${'#'.repeat(n)} a`,
  spaces: (n) => `a${' '.repeat(n)}\nb`,
  'lines of spaces': (n) => `a${' '.repeat(50)}\n`.repeat(n / 52),
  escapes: (n) => '\\'.repeat(n),
  fences: (n) => '```\n'.repeat(n / 4),
  'empty lines': (n) => '\n'.repeat(n),
  'titles of escapes': (n) => `[a](b "${'\\"'.repeat(n / 2)}`,
};

function time(source: string): number {
  const begun = performance.now();
  parse(source);
  parse(source, true);
  return performance.now() - begun;
}

/** Other programs can only make it longer. */
function least(source: string): number {
  return Math.min(time(source), time(source), time(source));
}

test.each(Object.entries(HOSTILE))('%s', (_name, make) => {
  time(make(2_000));
  const small = least(make(10_000));
  const large = least(make(80_000));
  // Eight times the text may take eight times as long; quadratic would be sixty-four.
  expect(large).toBeLessThan(Math.max(small, 8) * 24);
  expect(large).toBeLessThan(2_000);
});

test.each(Object.entries(HOSTILE))('%s: not too deep', (_name, make) => {
  // A list adds two levels for each container, a paragraph and its emphasis the rest.
  for (const { element } of parse(make(4_000))) expect(element.depth).toBeLessThan(NESTING * 3);
});
