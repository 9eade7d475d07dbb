import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type ChartPart, loadComparison } from './compare.ts';
import { type Comparison, writeComparison } from './comparison.ts';
import { loadSeries, type ChartSeries, type Wanted } from './load.ts';

export interface SeriesState {
  readonly series: ChartSeries | undefined;
  /** The parts of other stations, in the order of the comparisons. */
  readonly compared: readonly ChartPart[];
  readonly error: unknown;
  readonly again: () => void;
}

/** The series that is wanted and those beside it, read once the chart comes near the screen, and again when others are wanted. */
export const useSeries = (
  wanted: Wanted,
  comparisons: readonly Comparison[],
  frame: RefObject<HTMLElement | null>,
): SeriesState => {
  const [isNear, setNear] = useState(false);
  const [series, setSeries] = useState<ChartSeries>();
  const [parts, setParts] = useState<ReadonlyMap<string, ChartPart>>(new Map());
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
  const others = comparisons.map(writeComparison);
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
  useEffect(() => {
    if (!isNear) return undefined;
    const ended = new AbortController();
    const loadOne = (comparison: Comparison): Promise<void> => {
      const show = (part: ChartPart): void =>
        setParts((before) => new Map(before).set(writeComparison(comparison), part));
      return loadComparison(comparison, stretch, show, ended.signal);
    };
    Promise.all(comparisons.map(loadOne)).catch((failed: unknown) => {
      if (!ended.signal.aborted) setError(failed);
    });
    return () => ended.abort();
  }, [isNear, others.join(','), stretch.from, stretch.to, turn]);
  const compared = useMemo(() => others.flatMap((each) => parts.get(each) ?? []), [parts, others.join(',')]);
  return { series, compared, error, again: () => setTurn((count) => count + 1) };
};
