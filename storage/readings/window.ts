import { Fault } from '#model/base/fault.ts';
import type { AggregateQuery } from './store.ts';
import type { Instant } from '#model/base/instant.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Windows of several days are counted from a Monday: 1970-01-05. */
const MONDAY_MS = 4 * DAY_MS;
/** Zone rules outside these years are not looked for: no reading is older, no rule is known that far ahead. */
const RULES_FROM: Instant = 946_684_800_000;
const RULES_TO: Instant = 4_102_444_800_000;
/** No zone has changed its offset twice within this span in the years above. */
const STRIDE_MS = 7 * DAY_MS;

/** A stretch of time in which a zone's clock stands at one offset from UTC. */
export interface Offset {
  readonly from: Instant;
  /** Milliseconds that local time is ahead of UTC. */
  readonly ms: number;
}

/** The division into windows: a width, and the offsets of a zone over the time in question, oldest first, never empty. */
export interface Windows {
  readonly intervalMs: number;
  readonly offsets: readonly Offset[];
}

const offsetReader = (zone: string): ((at: Instant) => number) => {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    return (at) => {
      const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
      const part = /([+-])(\d{2}):(\d{2})/.exec(name);
      return part === null ? 0 : (part[1] === '-' ? -1 : 1) * (Number(part[2]) * 60 + Number(part[3])) * MINUTE_MS;
    };
  } catch (cause) {
    throw new Fault('REQUEST_INVALID', `"${zone}" is no time zone; write an IANA name such as Asia/Jakarta`, { cause });
  }
};

/** The first instant behind `low`, at or before `high`, at which the offset of `high` holds. */
const changeBetween = (low: Instant, high: Instant, offsetAt: (at: Instant) => number): Instant => {
  const after = offsetAt(high);
  let [before, at] = [low, high];
  while (at - before > MINUTE_MS) {
    const middle = Math.floor((before + at) / 2 / MINUTE_MS) * MINUTE_MS;
    if (middle <= before) break;
    if (offsetAt(middle) === after) at = middle;
    else before = middle;
  }
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
};

const offsetsOf = (zone: string, from: Instant, to: Instant): readonly Offset[] => {
  const readOffset = offsetReader(zone);
  const end = Math.min(Math.max(to, RULES_FROM), RULES_TO);
  let at = Math.floor(Math.min(Math.max(from, RULES_FROM), RULES_TO) / MINUTE_MS) * MINUTE_MS;
  const offsets: Offset[] = [{ from: at, ms: readOffset(at) }];
  while (at < end) {
    const next = Math.min(at + STRIDE_MS, end);
    const ms = readOffset(next);
    if (ms !== offsets.at(-1)?.ms) offsets.push({ from: changeBetween(at, next, readOffset), ms });
    at = next;
  }
  return offsets;
};

/**
 * Prepares the windows of a query: `intervalMs` wide in local time, starting at local midnight of `zone`.
 * @throws Fault `REQUEST_INVALID` for an unknown zone, or a width that is not positive or, above a day, no whole days
 */
export const windowsOf = (intervalMs: number, zone: string, from: Instant, to: Instant): Windows => {
  if (!(intervalMs >= 1) || !Number.isInteger(intervalMs) || (intervalMs > DAY_MS && intervalMs % DAY_MS !== 0)) {
    throw new Fault(
      'REQUEST_INVALID',
      `an interval of ${intervalMs} ms; give up to a day, or whole days, such as 1h or 7d`,
    );
  }
  // the first window begins before `from` and the last ends behind `to`: both by the offset that holds there
  const around = intervalMs + DAY_MS;
  return { intervalMs, offsets: offsetsOf(zone, from - around, to + around) };
};

/** The windows of a query. Its days begin at local midnight, or so long after it. */
export const windowsFor = (
  query: Pick<AggregateQuery, 'intervalMs' | 'zone' | 'from' | 'to' | 'dayStartMs'>,
): Windows => {
  const { dayStartMs = 0 } = query;
  const windows = windowsOf(query.intervalMs, query.zone, query.from, query.to);
  // a clock that is behind by so long shows midnight when the day begins
  const offsets = windows.offsets.map(({ from, ms }) => ({ from, ms: ms - dayStartMs }));
  return dayStartMs === 0 ? windows : { ...windows, offsets };
};

/**
 * Time by which a reading counts earlier than its observation, in milliseconds. An amount is what fell since the report before
 * and is timed at the end of that interval, so it belongs to (start, end]; everything else belongs to [start, end).
 */
export const lagOf = ({ isAmount }: { readonly isAmount: boolean }): number => (isAmount ? 1 : 0);

const indexAt = (at: Instant, offsets: readonly Offset[]): number => {
  let index = offsets.length - 1;
  while (index > 0 && (offsets[index]?.from ?? 0) > at) index -= 1;
  return index;
};

/** Milliseconds that local time is ahead of UTC at an instant. */
export const offsetAt = (at: Instant, { offsets }: Windows): number => offsets[indexAt(at, offsets)]?.ms ?? 0;

/** Cuts a local time (milliseconds as if UTC) down to the label of its window. */
const labelOf = (local: number, intervalMs: number): number => {
  if (intervalMs > DAY_MS) return Math.floor((local - MONDAY_MS) / intervalMs) * intervalMs + MONDAY_MS;
  const midnight = Math.floor(local / DAY_MS) * DAY_MS;
  return midnight + Math.floor((local - midnight) / intervalMs) * intervalMs;
};

/**
 * The start of the window that an instant falls in. When clocks go back, an hour that happens twice makes two windows,
 * and a wider window grows by it; when they go forward, a label that does not exist starts at the change.
 */
export const startOfWindow = (at: Instant, { intervalMs, offsets }: Windows): Instant => {
  const index = indexAt(at, offsets);
  const offset = offsets[index];
  const previous = offsets[index - 1];
  if (offset === undefined) return at;
  const label = labelOf(at + offset.ms, intervalMs);
  const start = label - offset.ms;
  return previous === undefined || start >= offset.from ? start : Math.min(label - previous.ms, offset.from);
};

/** The label behind this one: the last window of a day ends at midnight, also where the width does not divide a day. */
const nextLabel = (label: number, intervalMs: number): number =>
  intervalMs > DAY_MS ? label + intervalMs : Math.min(label + intervalMs, Math.floor(label / DAY_MS) * DAY_MS + DAY_MS);

/** The first instant behind a window, given by its start: where the next one starts. */
export const endOfWindow = (start: Instant, windows: Windows): Instant => {
  const { intervalMs, offsets } = windows;
  const offset = offsetAt(start, windows);
  const end = nextLabel(labelOf(start + offset, intervalMs), intervalMs) - offset;
  if (!offsets.some(({ from }) => from > start && from <= end)) return end;
  // clocks change within the window, which is longer or shorter by it
  let [inside, behind] = [start, end + DAY_MS];
  while (behind - inside > 1) {
    const middle = Math.floor((inside + behind) / 2);
    if (startOfWindow(middle, windows) > start) behind = middle;
    else inside = middle;
  }
  return behind;
};
