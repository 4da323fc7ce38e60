// The language of the page, and its texts.

import { loadValue, saveValue } from '../base/storage.ts';
import { store } from '../base/store.ts';
import { texts as english, type Texts } from './en.ts';

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

const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ texts: Texts }>>> = {
  de: () => import('./de.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  it: () => import('./it.ts'),
  pt: () => import('./pt.ts'),
  ja: () => import('./ja.ts'),
  ar: () => import('./ar.ts'),
};

export const locale = store<{ readonly language: Language; readonly texts: Texts }>({ language: 'en', texts: english });

/** Returns the first of the wanted languages that is available. `allowed` is the choice in `config.json`, if any. */
export function pickLanguage(wanted: readonly string[], allowed: readonly string[] | undefined): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  const base = (tag: string): string => tag.toLowerCase().split('-')[0]!;
  const offered = (allowed ?? known).map(base).filter((tag): tag is Language => known.includes(tag as Language));
  const available = offered.length > 0 ? offered : known;
  return (
    wanted
      .map(base)
      .map((tag) => available.find((language) => language === tag))
      .find((language) => language !== undefined) ?? (available.includes('en') ? 'en' : available[0]!)
  );
}

/** Returns the languages that the visitor prefers: the one chosen in the menu, then those of the browser. */
export function preferredLanguages(): string[] {
  const chosen = loadValue('language');
  return [...(typeof chosen === 'string' ? [chosen] : []), ...navigator.languages];
}

/** Loads and applies a language. If it cannot be loaded, the present one stays. */
export async function applyLanguage(language: Language): Promise<void> {
  const texts = language === 'en' ? english : (await LOADERS[language]().catch(() => undefined))?.texts;
  if (!texts) return;
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  locale.set({ language, texts });
}

export function chooseLanguage(language: Language): void {
  saveValue('language', language);
  void applyLanguage(language);
}

/** Replaces the placeholder in a text. */
export function format(text: string, value: string | number): string {
  return text.replace(/\{\w+\}/, () => String(value));
}
