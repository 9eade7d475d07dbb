import { FLAG } from '#model/readings/flag.ts';
import { median } from '#science/statistics/median.ts';
import type { Place } from '#science/geodesy/sphere.ts';
import { distanceBetween } from '#science/geodesy/distance.ts';

/** A station of the same family, with its height above sea level in metres. */
export interface NeighbourPlace extends Place {
  readonly height: number;
}

export interface Neighbours {
  /** Metres to the farthest neighbour. */
  readonly radius: number;
  /** Metres of height between neighbours at most. */
  readonly height?: number;
  /** Fewest neighbours with a value; fewer give UNKNOWN. */
  readonly fewest?: number;
  /** A deviation strictly above this many times the median absolute deviation is SUSPECT. */
  readonly factor: number;
}

const HEIGHT = 400;
const FEWEST = 3;

/** True when a station is a neighbour of a place: near enough, and at a similar height. */
export const isNeighbour = (
  place: NeighbourPlace,
  other: NeighbourPlace,
  { radius, height = HEIGHT }: Pick<Neighbours, 'radius' | 'height'>,
): boolean => distanceBetween(place, other) <= radius && Math.abs(place.height - other.height) <= height;

/** Median absolute deviation of values from their median, without missing ones; NaN of none. */
export const medianDeviation = (values: readonly number[]): number => {
  const there = values.filter((value) => !Number.isNaN(value));
  const middle = median(there);
  return median(there.map((value) => Math.abs(value - middle)));
};

/**
 * Neighbour test: a value that deviates from the median of its neighbours by more than a multiple of the usual deviation is
 * SUSPECT, never FAIL. It is not for the stage of a river, whose gauges have zeros of their own.
 * @param value NaN is missing
 * @param neighbours values of the neighbours at the same time, in the same unit; NaN is missing
 * @param deviation median absolute deviation of value minus median of the neighbours over 30 days; NaN is unknown
 */
export const neighbourFlag = (
  value: number,
  neighbours: readonly number[],
  deviation: number,
  { factor, fewest = FEWEST }: Pick<Neighbours, 'factor' | 'fewest'>,
): number => {
  if (Number.isNaN(value)) return FLAG.MISSING;
  const there = neighbours.filter((one) => !Number.isNaN(one));
  if (there.length < fewest || Number.isNaN(deviation)) return FLAG.UNKNOWN;
  return Math.abs(value - median(there)) > factor * deviation ? FLAG.SUSPECT : FLAG.GOOD;
};
