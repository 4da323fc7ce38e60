// Stores in components.

import { useLayoutEffect, useReducer } from 'preact/hooks';
import type { Store } from '../chat/store.ts';
import type { Words } from '../words/en.ts';
import { spoken } from '../words/words.ts';

export function useStore<Value>(store: Store<Value>): Value {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useLayoutEffect(() => store.watch(() => redraw()), [store]);
  return store.get();
}

export function useWords(): Words {
  return useStore(spoken).words;
}
