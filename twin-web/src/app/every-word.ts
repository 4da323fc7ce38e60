// All words, those of the parts that come later among them, in the language that is spoken.

import { later as english, type LaterWords } from '../words/en-later.ts';
import type { FirstWords, Words } from '../words/en.ts';
import { spoken } from '../words/words.ts';
import { useWords } from './use.ts';

export type EveryWord = FirstWords & LaterWords;

export function useEveryWord(): EveryWord {
  return withLater(useWords());
}

export function everyWord(): EveryWord {
  return withLater(spoken.get().words);
}

function withLater(words: Words): EveryWord {
  return { ...words, ...(words.later ?? english) };
}
