/**
 * A document of the service with its state. Only a fresh document may show that there is nothing: one that is loading, that
 * could not be read, or that is no longer kept current is not about the present.
 */
export type Remote<T> =
  | { readonly kind: 'loading' | 'failed' }
  | {
      readonly kind: 'fresh' | 'stale';
      readonly data: T;
      /** Time of the answer, ms since 1970. */
      readonly at: number;
    };

export const LOADING = { kind: 'loading' } as const;

/** The data of the newest answer, current or not. */
export const dataOf = <T>(remote: Remote<T>): T | undefined => ('data' in remote ? remote.data : undefined);

/** The same document, no longer current. */
export const doubted = <T>(remote: Remote<T>): Remote<T> =>
  'data' in remote ? { ...remote, kind: 'stale' } : { kind: 'failed' };

/** The same with other data; where nothing was answered yet there is nothing to change. */
export const changed = <T>(remote: Remote<T>, change: (data: T) => T): Remote<T> =>
  'data' in remote ? { ...remote, data: change(remote.data) } : remote;
