// Choice of the language, and completeness of all translations.

import { describe, expect, test } from 'vitest';
import { deferredTexts } from '../../src/locales/en-deferred.ts';
import { texts as firstViewTexts, type Texts } from '../../src/locales/en.ts';
import { format, LANGUAGES, pickLanguage } from '../../src/locales/locale.ts';

const english: Record<string, string> = { ...firstViewTexts, ...deferredTexts };
const others = Object.keys(LANGUAGES).filter((language) => language !== 'en');

describe.each(others)('%s', async (language) => {
  const locale = (await import(`../../src/locales/${language}.ts`)) as { texts: Texts };
  const { deferred, ...firstView } = locale.texts;
  const translated: Record<string, string> = { ...firstView, ...deferred };

  test('has all texts, with the same placeholders', () => {
    expect(Object.keys(translated)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(english)) {
      expect(translated[key]!.trim()).not.toBe('');
      expect(translated[key]!.match(/\{\w+\}/)?.[0], key).toBe(text.match(/\{\w+\}/)?.[0]);
    }
  });

  test('is translated', () => {
    const same = Object.entries(english)
      .filter(([key, text]) => translated[key] === text)
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
] as const)('wanted %j, allowed %j: %s', (wanted, allowed, language) => {
  expect(pickLanguage(wanted, allowed)).toBe(language);
});

test('a value replaces the placeholder literally', () => {
  expect(format('AI twin of {name}', '$& {name}')).toBe('AI twin of $& {name}');
});
