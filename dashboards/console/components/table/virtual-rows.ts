import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The rows that are drawn, and the space of those that are not, px. */
export interface VirtualRows {
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
}

/** Rows beyond the screen, above and below, so that a fast scroll shows no gap. */
const BEYOND = 20;
/** Up to so many rows all are drawn: the browser finds their text, and prints them. */
const ALL = 150;

/** Which rows of a long list are near the screen. The list scrolls with the page. */
export const useVirtualRows = (count: number, rowHeight: number, frame: RefObject<HTMLElement | null>): VirtualRows => {
  const [first, setFirst] = useState(0);
  const isLong = count > ALL;
  const visible = Math.ceil(innerHeight / rowHeight) + 2 * BEYOND;
  useEffect(() => {
    if (!isLong) return undefined;
    const read = (): void => {
      const top = frame.current?.getBoundingClientRect().top ?? 0;
      // in steps, so that not every pixel draws the list again
      const seen = Math.floor(Math.max(0, -top) / rowHeight / (BEYOND / 2)) * (BEYOND / 2);
      setFirst(Math.max(0, seen - BEYOND));
    };
    read();
    addEventListener('scroll', read, { passive: true });
    addEventListener('resize', read);
    return () => {
      removeEventListener('scroll', read);
      removeEventListener('resize', read);
    };
  }, [isLong, rowHeight, count]);
  if (!isLong) return { from: 0, to: count, above: 0, below: 0 };
  const from = Math.min(first, Math.max(0, count - visible));
  const to = Math.min(count, from + visible);
  return { from, to, above: from * rowHeight, below: (count - to) * rowHeight };
};
