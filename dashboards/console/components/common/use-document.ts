import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { read } from '#dashboards/console/api/client.ts';
import { connection } from '#dashboards/console/state/live.ts';
import { dataOf, doubted, LOADING, type Remote } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { every, now, type TimeSpan } from '#dashboards/console/time/clock.ts';

export interface Document<T> {
  /** The newest that was read; of an earlier path, and then stale, until the next has come. */
  readonly remote: Remote<T>;
  /** Its data, current or not. */
  readonly data: T | undefined;
  /** Why the last attempt failed; undefined where it did not. */
  readonly error: unknown;
  readonly again: () => void;
}

interface Held<T> {
  readonly about: string | undefined;
  readonly remote: Remote<T>;
}

/**
 * Reads a document of the API, now and then again while the page is seen. An undefined path reads nothing.
 * @param about equal as long as a changed path is about the same, such as a range that ends now
 */
export const useDocument = <T>(path: string | undefined, refresh?: TimeSpan, about = path): Document<T> =>
  useAnswer<T>(path, read, refresh, about);

/** The same for an answer that is asked for in another way, by a key. */
export const useAnswer = <T>(
  path: string | undefined,
  ask: (path: string, signal: AbortSignal) => Promise<T>,
  refresh?: TimeSpan,
  about = path,
): Document<T> => {
  const [held, hold] = useState<Held<T>>({ about: undefined, remote: LOADING });
  const [turn, setTurn] = useState(0);
  const line = useStore(connection);
  useEffect(() => {
    if (path === undefined) return undefined;
    const ended = new AbortController();
    ask(path, ended.signal).then(
      (data) => hold({ about, remote: { kind: 'fresh', data, at: now() } }),
      (error: unknown) => {
        if (!ended.signal.aborted) hold((before) => ({ about, remote: doubted(before.remote, error) }));
      },
    );
    return () => ended.abort();
  }, [path, turn]);
  useEffect(() => {
    if (refresh === undefined) return undefined;
    return every(refresh, () => {
      if (!document.hidden) setTurn((count) => count + 1);
    });
  }, [refresh?.ms]);
  const before = useRef(line);
  useEffect(() => {
    const isBack = before.current !== line && (line === 'live' || before.current === 'lost');
    before.current = line;
    if (isBack) setTurn((count) => count + 1);
  }, [line]);
  const isOther = held.about !== about;
  const remote = useMemo(() => shownAs(held.remote, isOther, line === 'lost'), [held, isOther, line === 'lost']);
  const error = 'error' in remote ? remote.error : undefined;
  return { remote, data: dataOf(remote), error, again: () => setTurn((count) => count + 1) };
};

/** An answer about another path, or on a line that is lost, is not about the present. */
const shownAs = <T>(remote: Remote<T>, isOther: boolean, isLost: boolean): Remote<T> => {
  if (remote.kind === 'fresh' && (isOther || isLost)) return { ...remote, kind: 'stale' };
  return remote.kind === 'failed' && isOther ? LOADING : remote;
};
