/** A rate with the interval that holds it; an end that is not known is undefined. */
export interface Rate {
  readonly slope: number;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

export interface TimeToLevel {
  /** In the unit of time of the rate. */
  readonly expected: number;
  /** Undefined is "no bound": nothing is known about how early it may be. */
  readonly earliest: number | undefined;
  /** Undefined is "no bound": the level may never be reached. */
  readonly latest: number | undefined;
}

/** An upper slope above this multiple of the rate bounds nothing: one wrong sample is enough to stretch it so far. */
const STRETCHED = 3;

/**
 * The time at which a rising value reaches a level at its present rate. Theil–Sen has no standard error to double: the early
 * and the late bound come from the ends of Sen's interval, and "no bound" is an answer.
 * @param distance from the present value up to the level, above 0
 * @param floor rate below which a rise is noise, above 0; in the unit of the rate
 * @returns undefined where the rate is below the floor
 */
export const timeToLevel = (
  distance: number,
  { slope, lower, upper }: Rate,
  floor: number,
): TimeToLevel | undefined => {
  if (!(slope >= floor)) return undefined;
  return {
    expected: distance / slope,
    earliest: upper === undefined || upper > STRETCHED * slope ? undefined : distance / upper,
    latest: lower === undefined || lower < floor ? undefined : distance / lower,
  };
};
