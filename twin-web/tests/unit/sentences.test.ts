// What a screen reader says of a growing answer.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentences } from '../../src/app/sentences.ts';

test.each([
  ['One. Two', false, ['One.'], 4],
  ['One. Two', true, ['One.', 'Two'], 8],
  ['Version 1.2 is here', false, [], 0],
  ['**Bold** and `code`.\nNext', false, ['Bold and code.'], 21],
  ['# Head\n- a [link](https://example.com)\n', false, ['Head', 'a link'], 39],
  ['日本語です。次', false, ['日本語です。'], 6],
  ['', true, [], 0],
])('%j', (text, finished, ready, from) => {
  expect(sentences(text, 0, finished)).toEqual({ ready, from });
});

test('nothing is said twice and nothing is left out, however the text comes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('One', '. ', 'two! ', 'three', '\n', '? ', 'é', '。')), (parts) => {
      let [text, from] = ['', 0];
      const said: string[] = [];
      for (const part of parts) {
        text += part;
        const { ready, from: next } = sentences(text, from, false);
        said.push(...ready);
        from = next;
      }
      said.push(...sentences(text, from, true).ready);
      expect(said.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
  );
});
