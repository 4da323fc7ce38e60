// The texts of the first view together with the deferred ones. Only for parts that are loaded on demand.

import { deferredTexts as english, type DeferredTexts } from '../locales/en-deferred.ts';
import type { FirstViewTexts, Texts } from '../locales/en.ts';
import { locale } from '../locales/locale.ts';
import { useTexts } from './hooks.ts';

export type AllTexts = FirstViewTexts & DeferredTexts;

export function useAllTexts(): AllTexts {
  return withDeferred(useTexts());
}

export function allTexts(): AllTexts {
  return withDeferred(locale.get().texts);
}

function withDeferred(texts: Texts): AllTexts {
  return { ...texts, ...(texts.deferred ?? english) };
}
