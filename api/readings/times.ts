import { days } from '#model/base/duration.ts';
import { formatInstant, formatLocal, type Instant } from '#model/base/instant.ts';
import { offsetAt, windowsOf } from '#storage/readings/window.ts';

/**
 * Writes the times of raw readings of a span: in RFC 3339, in UTC, or in a zone where one is asked for.
 * @param zone IANA name
 */
export const timesOf = (
  zone: string | undefined,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): ((at: Instant) => string) => {
  if (zone === undefined) return formatInstant;
  const { offsets, intervalMs } = windowsOf(days(1).ms, zone, from, to);
  return (at) => formatLocal(at, offsetAt(at, { offsets, intervalMs }));
};
