import { isComplete } from './completeness.ts';

/** The mean of an hour, with its number of values. */
export interface HourMean {
  readonly mean: number;
  readonly present: number;
  readonly expected: number;
}

/** The mean of a longer window, with its number of valid hours. */
export interface MeanOfHours {
  /** Undefined without a valid hour. */
  readonly mean: number | undefined;
  readonly validHours: number;
}

/**
 * Mean of a day or of another window of hours, formed from its valid hours and not from all values: an hour with many values
 * does not weigh more than an hour with few. An hour is valid when it is complete.
 */
export const meanOfHours = (hours: readonly HourMean[]): MeanOfHours => {
  const valid = hours.filter(({ present, expected }) => isComplete(present, expected));
  if (valid.length === 0) return { mean: undefined, validHours: 0 };
  return { mean: valid.reduce((sum, { mean }) => sum + mean, 0) / valid.length, validHours: valid.length };
};
