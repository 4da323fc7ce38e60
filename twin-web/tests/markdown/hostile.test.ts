// Hostile text: parsing takes linear time, and nesting is limited.

import { expect, test } from 'vitest';
import { parse } from '../../src/markdown/markdown.ts';
import { MAX_NESTING } from '../../src/markdown/tree.ts';
import { expectLinearTime } from '../support/linear.ts';

const HOSTILE: Readonly<Record<string, (n: number) => string>> = {
  brackets: (n) => '['.repeat(n),
  'closing brackets': (n) => '['.repeat(n / 2) + ']'.repeat(n / 2),
  'unclosed links': (n) => '[a]('.repeat(n / 4),
  'unclosed links in angle brackets': (n) => '[a](<b'.repeat(n / 6),
  'unclosed titles': (n) => '[a](b "'.repeat(n / 7),
  'links in links': (n) => '['.repeat(n / 2) + '](x)'.repeat(n / 8),
  'many links': (n) => `${'['.repeat(n / 2)}${'[a](b)'.repeat(n / 12)}`,
  'opening stars': (n) => '*a '.repeat(n / 3),
  'opening and closing stars': (n) => '*a **b '.repeat(n / 14) + 'c* d**'.repeat(n / 12),
  'stars that open and close': (n) => 'a**b_c*d'.repeat(n / 8),
  'one run of stars': (n) => `${'*'.repeat(n / 2)}a${'*'.repeat(n / 2)}`,
  'nested emphasis': (n) => '*a _b '.repeat(n / 12) + 'c_ d*'.repeat(n / 10),
  tildes: (n) => '~~a ~b '.repeat(n / 7),
  'backtick runs of growing length': (n) =>
    Array.from({ length: Math.sqrt(n) }, (_, at) => `e${'`'.repeat(at)}`).join(''),
  'single backticks': (n) => 'a`'.repeat(n / 2),
  quotes: (n) => '>'.repeat(n),
  'quotes on many lines': (n) => '> > > > > > a\n'.repeat(n / 14),
  lists: (n) => '- '.repeat(n / 2),
  'lists of growing depth': (n) =>
    Array.from({ length: Math.sqrt(n) }, (_, at) => `${' '.repeat(at * 2)}- a\n`).join(''),
  rules: (n) => `${'* '.repeat(n / 2)}a`,
  'angle brackets': (n) => '<'.repeat(n),
  'unclosed autolinks': (n) => '<a:'.repeat(n / 3),
  entities: (n) => '&#'.repeat(n / 2),
  'at signs': (n) => 'a@'.repeat(n / 2),
  'local parts of mail addresses': (n) => `${'a.'.repeat(n / 2)}@`,
  'bare addresses': (n) => 'https://a'.repeat(n / 9),
  'parentheses after an address': (n) => `https://a.example/${')'.repeat(n)}`,
  'full stops after an address': (n) => `https://a.example/${'.'.repeat(n)}`,
  tables: (n) => `${'|a'.repeat(n / 4)}\n${'|-'.repeat(n / 4)}\n`,
  'wide rows': (n) => `|a|\n|-|\n|${'b|'.repeat(n / 2)}`,
  'number signs': (n) => `# ${'#'.repeat(n)} a`,
  spaces: (n) => `a${' '.repeat(n)}\nb`,
  'lines of spaces': (n) => `a${' '.repeat(50)}\n`.repeat(n / 52),
  escapes: (n) => '\\'.repeat(n),
  fences: (n) => '```\n'.repeat(n / 4),
  'empty lines': (n) => '\n'.repeat(n),
  'titles of escapes': (n) => `[a](b "${'\\"'.repeat(n / 2)}`,
};

test.each(Object.entries(HOSTILE))('%s: linear time', (_name, make) => {
  expectLinearTime((size) => {
    parse(make(size));
    parse(make(size), true);
  });
});

test.each(Object.entries(HOSTILE))('%s: limited nesting', (_name, make) => {
  // A list adds two levels per container. A paragraph and its emphasis add the rest.
  for (const { element } of parse(make(4_000))) expect(element.depth).toBeLessThan(MAX_NESTING * 3);
});
