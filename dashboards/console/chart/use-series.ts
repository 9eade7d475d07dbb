import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { loadSeries, type ChartSeries, type Wanted } from './load.ts';

export interface SeriesState {
  readonly series: ChartSeries | undefined;
  readonly error: unknown;
  readonly again: () => void;
}

/** The series that is wanted, read once its chart comes near the screen, and again when another is wanted. */
export const useSeries = (wanted: Wanted, frame: RefObject<HTMLElement | null>): SeriesState => {
  const [isNear, setNear] = useState(false);
  const [series, setSeries] = useState<ChartSeries>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting === true), {
      rootMargin: '200px',
    });
    if (frame.current !== null) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const { station, property, stretch, everyMs, limits } = wanted;
  const loaded = useRef('');
  const key = [station, property.property, stretch.from, stretch.to, everyMs, ...[...limits].flat(), turn].join(' ');
  useEffect(() => {
    if (!isNear || loaded.current === key) return undefined;
    const ended = new AbortController();
    const show = (found: ChartSeries): void => {
      setSeries(found);
      setError(undefined);
    };
    const done = (): void => {
      loaded.current = key;
    };
    loadSeries(wanted, show, ended.signal).then(done, (failed: unknown) => {
      if (!ended.signal.aborted) setError(failed);
    });
    return () => ended.abort();
  }, [isNear, key]);
  return { series, error, again: () => setTurn((count) => count + 1) };
};
