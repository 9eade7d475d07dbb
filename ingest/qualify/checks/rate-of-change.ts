import type { CheckedSeries, SeriesCheck } from '#ingest/qualify/check.ts';
import { days, hours, minutes } from '#model/base/duration.ts';
import { FLAG } from '#model/readings/flag.ts';
import { grossRangeAt, isOutside } from '#model/readings/gross-range.ts';
import type { PropertySpan } from '#model/readings/family.ts';

/** A value that is further away is no reference. */
const REACH = days(1);
const LEAST = minutes(5);
const HOUR = hours(1).ms;

/** Values that may become a reference: the first one of each fifth of the least interval, so that these are enough. */
const SLOTS = 5;
const KEPT = 8;
const ENTRY = 2;

/** The newest kept value that is old enough; its place in the state, or −1. */
const referenceIn = (state: Float64Array, latest: number, earliest: number): number => {
  for (let at = 1 + ((state[0] ?? 0) - 1) * ENTRY; at > 0; at -= ENTRY) {
    const time = state[at] ?? 0;
    if (time <= latest) return time >= earliest ? at : -1;
  }
  return -1;
};

const keep = (state: Float64Array, time: number, value: number, slot: number): void => {
  const count = state[0] ?? 0;
  const newest = state[1 + (count - 1) * ENTRY] ?? 0;
  if (count > 0 && Math.floor(newest / slot) === Math.floor(time / slot)) return;
  const at = count === KEPT ? KEPT - 1 : count;
  for (let i = 1; count === KEPT && i < 1 + (KEPT - 1) * ENTRY; i += 1) state[i] = state[i + ENTRY] ?? 0;
  state[1 + at * ENTRY] = time;
  state[2 + at * ENTRY] = value;
  state[0] = at + 1;
};

const rangeOf = ({ family, station, property }: CheckedSeries): PropertySpan | undefined => {
  const of = family.properties[property];
  return of === undefined ? undefined : grossRangeAt(station, of);
};

/**
 * Rate of change (QARTOD): the change since the newest value that is older by the least interval, beyond the noise of the sensor.
 * A value outside the gross range is no reference. The first value, and the first after a gap, are GOOD.
 */
export const rateOfChange: SeriesCheck = {
  name: 'rate-of-change',
  width: 1 + KEPT * ENTRY,
  of: (series, { 'rate-of-change': parameters }) => {
    const range = rangeOf(series);
    if (parameters === undefined || parameters === null || range === undefined) return undefined;
    const { suspect = Number.POSITIVE_INFINITY, fail = Number.POSITIVE_INFINITY, noise = 0, direction } = parameters;
    const least = (parameters.least ?? LEAST).ms;
    const slot = Math.max(least / SLOTS, 1);
    return {
      reach: REACH.ms,
      next: (state, time, value) => {
        const at = referenceIn(state, time - least, time - REACH.ms);
        const change = at === -1 ? 0 : value - (state[at + 1] ?? value);
        const elapsed = at === -1 ? 1 : (time - (state[at] ?? 0)) / HOUR;
        const rate = ((direction === 'rise' ? change : Math.abs(change)) - noise) / elapsed;
        if (!isOutside(value, range)) keep(state, time, value, slot);
        if (rate > fail) return FLAG.FAIL;
        return rate > suspect ? FLAG.SUSPECT : FLAG.GOOD;
      },
    };
  },
};
