// Languages: which one is spoken, and that none lacks a word.

import { describe, expect, test } from 'vitest';
import { later } from '../../src/words/en-later.ts';
import { words as first, type Words } from '../../src/words/en.ts';
import { choose, fill, LANGUAGES } from '../../src/words/words.ts';

const english: Record<string, string> = { ...first, ...later };
const others = Object.keys(LANGUAGES).filter((language) => language !== 'en');

describe.each(others)('%s', async (language) => {
  const spoken = (await import(`../../src/words/${language}.ts`)) as { words: Words };
  const { later: own, ...rest } = spoken.words;
  const words: Record<string, string> = { ...rest, ...own };

  test('has every word, and the same gaps', () => {
    expect(Object.keys(words)).toEqual(Object.keys(english));
    for (const [key, sentence] of Object.entries(english)) {
      expect(words[key]!.trim()).not.toBe('');
      expect(words[key]!.match(/\{\w+\}/)?.[0], key).toBe(sentence.match(/\{\w+\}/)?.[0]);
    }
  });

  test('is not English', () => {
    const same = Object.entries(english)
      .filter(([key, sentence]) => words[key] === sentence)
      .map(([key]) => key);
    expect(same.length).toBeLessThan(6);
  });
});

test.each([
  [['de-AT', 'en'], undefined, 'de'],
  [['xx', 'fr-CA'], undefined, 'fr'],
  [['xx'], undefined, 'en'],
  [[], ['de', 'fr'], 'de'],
  [['it'], ['de', 'en'], 'en'],
  [['it'], ['tlh'], 'it'],
  [['PT-br'], ['pt-PT'], 'pt'],
] as const)('%j of %j is %s', (wanted, allowed, language) => {
  expect(choose(wanted, allowed)).toBe(language);
});

test('a value is filled in as it is', () => {
  expect(fill('AI twin of {name}', '$& {name}')).toBe('AI twin of $& {name}');
});
