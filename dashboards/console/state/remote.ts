/**
 * What is known of a document of the service. Only a fresh one may say that there is nothing: one that is loading, that
 * could not be read, or that is not kept current any more says nothing about now.
 */
export type Remote<T> =
  | { readonly kind: 'loading' | 'failed' }
  | {
      readonly kind: 'fresh' | 'stale';
      readonly data: T;
      /** When it was answered, ms since 1970. */
      readonly at: number;
    };

export const LOADING = { kind: 'loading' } as const;

/** The newest that was answered, whether or not it is of now. */
export const dataOf = <T>(remote: Remote<T>): T | undefined => ('data' in remote ? remote.data : undefined);

/** The same, kept current no more. */
export const doubted = <T>(remote: Remote<T>): Remote<T> =>
  'data' in remote ? { ...remote, kind: 'stale' } : { kind: 'failed' };

/** The same with other data; where nothing was answered yet there is nothing to change. */
export const changed = <T>(remote: Remote<T>, change: (data: T) => T): Remote<T> =>
  'data' in remote ? { ...remote, data: change(remote.data) } : remote;
