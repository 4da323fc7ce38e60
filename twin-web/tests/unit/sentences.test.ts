// Splitting a growing answer into sentences for screen readers.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeSentences } from '../../src/app/sentences.ts';

test.each([
  ['One. Two', false, ['One.'], 4],
  ['One. Two', true, ['One.', 'Two'], 8],
  ['Version 1.2 is here', false, [], 0],
  ['**Bold** and `code`.\nNext', false, ['Bold and code.'], 21],
  ['# Head\n- a [link](https://example.com)\n', false, ['Head', 'a link'], 39],
  ['日本語です。次', false, ['日本語です。'], 6],
  ['', true, [], 0],
])('%j', (text, isFinished, sentences, end) => {
  expect(completeSentences(text, 0, isFinished)).toEqual({ sentences, end });
});

test('every part of the text is returned exactly once, regardless of the chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('One', '. ', 'two! ', 'three', '\n', '? ', 'é', '。')), (parts) => {
      let [text, from] = ['', 0];
      const found: string[] = [];
      for (const part of parts) {
        text += part;
        const { sentences, end } = completeSentences(text, from, false);
        found.push(...sentences);
        from = end;
      }
      found.push(...completeSentences(text, from, true).sentences);
      expect(found.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
  );
});
