import { useEffect, useState } from 'preact/hooks';

/** A value that components of the page subscribe to. */
export interface ValueStore<T> {
  get(): T;
  set(next: T): void;
  subscribe(call: () => void): () => void;
}

export const makeStore = <T>(initial: T): ValueStore<T> => {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(value, next)) return;
      value = next;
      for (const call of listeners) call();
    },
    subscribe: (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
  };
};

/** The store's value, drawn again when it changes. */
export const useStore = <T>(store: ValueStore<T>): T => {
  const [value, set] = useState(() => store.get());
  useEffect(() => {
    const read = (): void => set(() => store.get());
    read();
    return store.subscribe(read);
  }, [store]);
  return value;
};
