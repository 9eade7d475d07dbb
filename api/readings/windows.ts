import { hours } from '#model/base/duration.ts';
import { formatLocal, type Instant } from '#model/base/instant.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Registry } from '#model/registry/registry.ts';
import { roundHalfUp } from '#science/rounding.ts';
import { expectedIn, isComplete } from '#science/windows/completeness.ts';
import type { WindowOfHours } from '#storage/readings/mean-of-hours.ts';
import type { WindowsQuery } from '#storage/readings/read-windows.ts';
import { offsetAt, windowsOf } from '#storage/readings/window.ts';

/** A window in an answer: its times in RFC 3339, in the zone of the windows, and its completeness. */
export type WindowDocument = Omit<WindowOfHours, 'start' | 'end' | 'value' | 'validHours' | 'wind'> & {
  /** Null of directions that cancel each other out, and of calms. */
  readonly value: number | null;
  /** A mean direction has the length of its vector in m/s, and the number of calms. */
  readonly speed?: number;
  readonly calms?: number;
  readonly start: string;
  readonly end: string;
  /** Values that the device reports in the window; null for a device that is not registered. */
  readonly expected: number | null;
  /** False for a window that is not over, or that the span of the query cuts. */
  readonly complete: boolean | null;
};

/** Facts that hold for all windows of an answer. */
export interface WindowsHead {
  /** UCUM code; that of a count is 1. */
  readonly unit: string;
  readonly method: string;
  /** IANA name. */
  readonly zone: string;
}

/** Facts about the windows of a query, which one method has made. */
export const windowsHead = (query: WindowsQuery, method: string): WindowsHead => ({
  unit: query.fn === 'count' ? '1' : (familyNamed(query.family)?.properties[query.property]?.unit ?? '1'),
  method,
  zone: query.zone,
});

const HOUR_MS = hours(1).ms;

/** Rounds a value once, at output, to the digits that its sensor has. */
const roundedFor = ({
  family,
  property,
  fn,
}: Pick<WindowsQuery, 'family' | 'property' | 'fn'>): ((value: number) => number) => {
  const decimals = familyNamed(family)?.properties[property]?.decimals;
  if (fn === 'count' || decimals === undefined) return (value) => value;
  return (value) => roundHalfUp(value, decimals);
};

/** Completes the windows of a query for an answer at a moment. */
export const windowDocuments = (
  query: WindowsQuery,
  { devices }: Pick<Registry, 'devices'>,
  now: Instant,
): ((row: WindowOfHours) => WindowDocument) => {
  const { intervalMs, zone, from, to } = query;
  const windows = windowsOf(intervalMs, zone, from, to);
  const local = (at: number): string => formatLocal(at, offsetAt(at, windows));
  const rounded = roundedFor(query);
  const roundedSpeed = roundedFor({ ...query, property: query.weight ?? query.property });
  return ({ start, end, value, validHours, wind, ...row }) => {
    const every = devices.get(row.device)?.every.ms;
    const expected = every === undefined ? null : expectedIn(end - start, every);
    const isWhole = (start >= from || 'rollingMs' in query) && end <= to && end <= now;
    const isFull =
      validHours === undefined
        ? isComplete(row.count, expected ?? 0)
        : isComplete(validHours, expectedIn(end - start, HOUR_MS));
    return {
      start: local(start),
      end: local(end),
      ...row,
      value: Number.isNaN(value) ? null : rounded(value),
      ...(wind === undefined ? {} : { speed: roundedSpeed(wind.speed), calms: wind.calms }),
      expected,
      complete: expected === null ? null : isWhole && isFull,
    };
  };
};
