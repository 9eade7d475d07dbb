import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** The rows that are drawn, and the space of those that are not, px. */
export interface VirtualRows {
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
}

/** Rows beyond the screen, above and below, so that a fast scroll shows no gap. */
const BEYOND = 20;
/** The first drawn row is a multiple of this, so that not every pixel draws the list again. */
const STEP = BEYOND / 2;
/** Up to so many rows all are drawn: the browser finds their text, and prints them. */
const ALL = 150;

/** Tops of all rows and the end of the last; a row that was never drawn is as high as the mean of those that were. */
const topsOf = (keys: readonly string[], heights: ReadonlyMap<string, number>, height: number): Float64Array => {
  const known = [...heights.values()];
  const mean = known.length === 0 ? height : known.reduce((sum, each) => sum + each, 0) / known.length;
  const tops = new Float64Array(keys.length + 1);
  for (const [i, key] of keys.entries()) tops[i + 1] = (tops[i] ?? 0) + (heights.get(key) ?? mean);
  return tops;
};

/** Writes down how high the drawn rows are; true where that changes the list. */
const measure = (frame: HTMLElement, drawn: readonly string[], heights: Map<string, number>): boolean => {
  let isChanged = false;
  const rows = [...frame.children].filter((row) => !row.classList.contains('space'));
  for (const [i, row] of rows.entries()) {
    const [key, { height }] = [drawn[i], row.getBoundingClientRect()];
    if (key === undefined || Math.abs((heights.get(key) ?? 0) - height) < 1) continue;
    heights.set(key, height);
    isChanged = true;
  }
  return isChanged;
};

/** Pixels by which the page is scrolled into the list, and the height of the screen. */
interface ListWindow {
  readonly top: number;
  readonly height: number;
}

const rangeOf = (tops: Float64Array, { top, height }: ListWindow): readonly [number, number] => {
  const count = tops.length - 1;
  const first = tops.findIndex((_, i) => (tops[i + 1] ?? Number.POSITIVE_INFINITY) > top);
  const behind = tops.findIndex((at) => at > top + height);
  const from = Math.max(0, Math.floor(first / STEP) * STEP - BEYOND);
  const to = behind === -1 ? count : Math.min(count, Math.ceil(behind / STEP) * STEP + BEYOND);
  return [Math.min(from, Math.max(0, count - BEYOND)), to];
};

/**
 * The rows of a long list that are near the screen. The list scrolls with the page, and its rows may differ in height.
 * @param keys of all rows, in their order
 * @param rowHeight of a row before one is drawn, px
 */
export const useVirtualRows = (
  keys: readonly string[],
  rowHeight: number,
  frame: RefObject<HTMLElement | null>,
): VirtualRows => {
  const heights = useRef(new Map<string, number>()).current;
  const [version, setVersion] = useState(0);
  const [range, setRange] = useState<readonly [number, number]>([0, 2 * BEYOND]);
  const isLong = keys.length > ALL;
  const tops = useMemo(() => topsOf(isLong ? keys : [], heights, rowHeight), [keys, isLong, version, rowHeight]);
  const [from, to] = [Math.min(range[0], Math.max(0, keys.length - BEYOND)), Math.min(range[1], keys.length)];
  useEffect(() => {
    if (!isLong) return undefined;
    const read = (): void => {
      const top = Math.max(0, -(frame.current?.getBoundingClientRect().top ?? 0));
      const next = rangeOf(tops, { top, height: innerHeight });
      setRange((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
    };
    /** Rows are as high as the width of the screen makes them. */
    const resize = (): void => {
      heights.clear();
      setVersion((count) => count + 1);
    };
    read();
    addEventListener('scroll', read, { passive: true });
    addEventListener('resize', resize);
    return () => {
      removeEventListener('scroll', read);
      removeEventListener('resize', resize);
    };
  }, [isLong, tops]);
  useLayoutEffect(() => {
    if (!isLong || frame.current === null) return;
    if (measure(frame.current, keys.slice(from, to), heights)) setVersion((count) => count + 1);
  });
  if (!isLong) return { from: 0, to: keys.length, above: 0, below: 0 };
  return { from, to, above: tops[from] ?? 0, below: (tops[keys.length] ?? 0) - (tops[to] ?? 0) };
};
