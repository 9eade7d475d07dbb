import { useEffect, useState } from 'preact/hooks';
import { read } from '#dashboards/console/api/client.ts';
import { every, type TimeSpan } from '#dashboards/console/time/clock.ts';

export interface Document<T> {
  /** The newest that was read; of an earlier path until the next has come. */
  readonly data: T | undefined;
  readonly error: unknown;
  readonly again: () => void;
}

/** Reads a document of the API, now and then again while the page is seen. An undefined path reads nothing. */
export const useDocument = <T>(path: string | undefined, refresh?: TimeSpan): Document<T> => {
  const [data, setData] = useState<T>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    const ended = new AbortController();
    read<T>(path, ended.signal).then(
      (found) => {
        setData(() => found);
        setError(undefined);
      },
      (failed: unknown) => {
        if (!ended.signal.aborted) setError(failed);
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
  return { data, error, again: () => setTurn((count) => count + 1) };
};
