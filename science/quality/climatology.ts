import { calendarDate } from '#model/base/instant.ts';
import { FLAG } from '#model/readings/flag.ts';
import { isOutside, type Span, sorted } from './span.ts';

/** Periods by which a member selects times: `week` is the week of ISO 8601, `dayofyear` begins with 1. */
export const PERIODS = ['month', 'quarter', 'week', 'dayofyear'] as const;
export type Period = (typeof PERIODS)[number];

/** Expected values at some times, and at some depths. */
export interface ClimatologyMember {
  /** In seconds since 1970, or in numbers of `period`. */
  readonly time: Span;
  readonly period?: Period;
  /** Values outside are SUSPECT. */
  readonly suspect: Span;
  /** Values outside are FAIL. */
  readonly fail?: Span;
  /** Depth in metres. A member without it applies at each depth. */
  readonly depth?: Span;
}

const positionOf = (seconds: number, period: Period | undefined): number =>
  period === undefined ? seconds : calendarDate(seconds * 1_000)[period];

const appliesAt = ({ time, period, depth }: ClimatologyMember, seconds: number, metres: number): boolean => {
  if (Number.isNaN(seconds) || isOutside(positionOf(seconds, period), sorted(time))) return false;
  return depth === undefined || (!Number.isNaN(metres) && !isOutside(metres, sorted(depth)));
};

const flagBy = ({ fail, suspect }: ClimatologyMember, value: number): number => {
  if (fail !== undefined && isOutside(value, sorted(fail))) return FLAG.FAIL;
  return isOutside(value, sorted(suspect)) ? FLAG.SUSPECT : FLAG.GOOD;
};

/**
 * QARTOD climatology test (ioos_qc `climatology_test`): compares each value with the members that apply at its time and
 * depth; the last of them decides. A value without a member is UNKNOWN.
 * @param values NaN is missing
 * @param times seconds since 1970
 * @param depths metres; NaN is unknown
 */
export const climatology = (
  values: Float64Array,
  times: Float64Array,
  depths: Float64Array,
  members: readonly ClimatologyMember[],
): Uint8Array =>
  Uint8Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return FLAG.MISSING;
    const member = members.findLast((one) => appliesAt(one, times[i] ?? Number.NaN, depths[i] ?? Number.NaN));
    return member === undefined ? FLAG.UNKNOWN : flagBy(member, value);
  });
