// Colours for code: the text stays the same, hostile code takes no longer.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokens } from '../../src/highlight/highlight.ts';
import { LANGUAGES } from '../../src/highlight/languages.ts';

const kinds = (code: string, language: string): string[] =>
  tokens(code, language)
    .filter(({ kind }) => kind)
    .map(({ kind, text }) => `${kind}:${text}`);

test.each([
  ['ts', 'const a = `x${1}`; // no', ['keyword:const', 'string:`x${1}`', 'comment:// no']],
  [
    'py',
    'def f(x):\n  """doc"""\n  return 1.5  # c',
    ['keyword:def', 'call:f', 'string:"""doc"""', 'keyword:return', 'number:1.5', 'comment:# c'],
  ],
  ['rust', "fn f<'a>(x: &'a str) -> char { 'x' }", ['keyword:fn', "string:'x'"]],
  [
    'sql',
    "SELECT a FROM t -- c\nWHERE b = 'it'",
    ['keyword:SELECT', 'keyword:FROM', 'comment:-- c', 'keyword:WHERE', "string:'it'"],
  ],
  ['html', '<a href="x">y</a>', ['tag:<a', 'string:"x"', 'tag:>', 'tag:</a', 'tag:>']],
  ['unknown', 'const a', []],
  ['constructor', 'const a', []],
])('%s: %s', (language, code, wanted) => {
  expect(kinds(code, language)).toEqual(wanted);
});

test('the text of the code stays the same', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(LANGUAGES)), fc.string({ unit: 'grapheme' }), (language, code) => {
      expect(
        tokens(code, language)
          .map(({ text }) => text)
          .join(''),
      ).toBe(code);
    }),
  );
});

test.each(['"', "'", '`', '/*', '"""', '<!--', '\\"', '-', '#', 'a ', '0x', '$', '<a'])('hostile %j', (part) => {
  for (const language of ['js', 'py', 'html', 'sql', 'rust']) {
    const begun = performance.now();
    tokens(part.repeat(50_000 / part.length), language);
    expect(performance.now() - begun).toBeLessThan(1_000);
  }
});
