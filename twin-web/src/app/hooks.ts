// Hooks that re-render a component when a store changes.

import { useLayoutEffect, useReducer } from 'preact/hooks';
import type { Store } from '../base/store.ts';
import type { Texts } from '../locales/en.ts';
import { locale } from '../locales/locale.ts';

export function useStore<Value>(store: Store<Value>): Value {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useLayoutEffect(() => store.watch(() => redraw()), [store]);
  return store.get();
}

export function useTexts(): Texts {
  return useStore(locale).texts;
}
