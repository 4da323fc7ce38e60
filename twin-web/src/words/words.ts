// Which language the page speaks, and its words in it.

import { recall, remember } from '../settings/storage.ts';
import { store } from '../chat/store.ts';
import { words as english, type Words } from './en.ts';

export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  it: 'Italiano',
  pt: 'Português',
  ja: '日本語',
  ar: 'العربية',
} as const;
export type Language = keyof typeof LANGUAGES;

const LOADED: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ words: Words }>>> = {
  de: () => import('./de.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  it: () => import('./it.ts'),
  pt: () => import('./pt.ts'),
  ja: () => import('./ja.ts'),
  ar: () => import('./ar.ts'),
};

export const spoken = store<{ readonly language: Language; readonly words: Words }>({ language: 'en', words: english });

/** The first wanted language that there is; of the owner's choice, if there is one. */
export function choose(wanted: readonly string[], allowed: readonly string[] | undefined): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  const base = (tag: string): string => tag.toLowerCase().split('-')[0]!;
  const offered = (allowed ?? known).map(base).filter((tag): tag is Language => known.includes(tag as Language));
  const list = offered.length > 0 ? offered : known;
  return (
    wanted
      .map(base)
      .map((tag) => list.find((one) => one === tag))
      .find((found) => found !== undefined) ?? (list.includes('en') ? 'en' : list[0]!)
  );
}

export function preferred(): string[] {
  const chosen = recall('language');
  return [...(typeof chosen === 'string' ? [chosen] : []), ...navigator.languages];
}

/** Where a language does not arrive, English stays. */
export async function speak(language: Language): Promise<void> {
  const words = language === 'en' ? english : (await LOADED[language]().catch(() => undefined))?.words;
  if (!words) return;
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  spoken.set({ language, words });
}

export function chooseLanguage(language: Language): void {
  remember('language', language);
  void speak(language);
}

/** A sentence with its gap filled. */
export function fill(sentence: string, value: string | number): string {
  return sentence.replace(/\{\w+\}/, () => String(value));
}
