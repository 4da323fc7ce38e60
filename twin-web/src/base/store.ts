// An observable value.

export interface Store<Value> {
  get(): Value;
  set(value: Value): void;
  /** Calls `listener` after each change. Returns a function that unsubscribes it. */
  watch(listener: () => void): () => void;
}

export function store<Value>(value: Value): Store<Value> {
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
