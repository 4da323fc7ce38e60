// Syntax highlighting: keeps the text, and takes linear time.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenize } from '../../src/highlight/highlight.ts';
import { LANGUAGES } from '../../src/highlight/languages.ts';
import { expectLinearTime } from '../support/linear.ts';

const kinds = (code: string, language: string): string[] =>
  tokenize(code, language)
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
])('%s: %s', (language, code, expected) => {
  expect(kinds(code, language)).toEqual(expected);
});

test('highlighting does not change the text of the code', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(LANGUAGES)), fc.string({ unit: 'grapheme' }), (language, code) => {
      expect(
        tokenize(code, language)
          .map(({ text }) => text)
          .join(''),
      ).toBe(code);
    }),
  );
});

test.each(['"', "'", '`', '/*', '"""', '<!--', '\\"', '-', '#', 'a ', '0x', '$', '<a'])(
  'hostile %j: linear time',
  (part) => {
    for (const language of ['js', 'py', 'html', 'sql', 'rust'])
      expectLinearTime((size) => void tokenize(part.repeat(size / part.length), language));
  },
);
