/**
 * A document of the service with its state. Only a fresh document may show that there is nothing: one that is loading, that
 * could not be read, or that is no longer kept current is not about the present.
 */
export type Remote<T> = Unread | Answered<T>;

interface Unread {
  readonly kind: 'loading' | 'failed';
  /** Why it could not be read. */
  readonly error?: unknown;
}

/** An answer, current or not. */
export interface Answered<T> {
  readonly kind: 'fresh' | 'stale';
  readonly data: T;
  /** Time of the answer, ms since 1970. */
  readonly at: number;
  /** Why it could not be read again. */
  readonly error?: unknown;
}

/** An answer about the present: the only thing by which a page may say "none". */
export interface Fresh<T> extends Answered<T> {
  readonly kind: 'fresh';
}

export const LOADING = { kind: 'loading' } as const;

/** The data of the newest answer, current or not. */
export const dataOf = <T>(remote: Remote<T>): T | undefined => ('data' in remote ? remote.data : undefined);

/** The same document, no longer current. */
export const doubted = <T>(remote: Remote<T>, error?: unknown): Remote<T> =>
  'data' in remote ? { ...remote, kind: 'stale', error } : { kind: 'failed', error };

/** The same with other data; where nothing was answered yet there is nothing to change. */
export const changed = <T, U = T>(remote: Remote<T>, change: (data: T) => U): Remote<U> =>
  'data' in remote ? { ...remote, data: change(remote.data) } : remote;

/** A list of which a fresh answer says that there is nothing in it. */
export const isNone = <T>(remote: Remote<readonly T[]>): remote is Fresh<readonly T[]> =>
  remote.kind === 'fresh' && remote.data.length === 0;

/** Two documents as one: the worse of their states, the older of their times. */
export const both = <A, B, T>(a: Remote<A>, b: Remote<B>, join: (a: A, b: B) => T): Remote<T> => {
  if (!('data' in a)) return a.kind === 'loading' && b.kind === 'failed' ? b : a;
  if (!('data' in b)) return b;
  const worse = a.kind === 'stale' ? a : b;
  return { kind: worse.kind, error: worse.error, data: join(a.data, b.data), at: Math.min(a.at, b.at) };
};
