import { isUndone } from '#model/readings/reading.ts';
import type { IsValid } from '#model/readings/valid.ts';
import type { LatestValue, ValidValue } from './alerting.ts';

const asValid = ({ value, flag, observedAt, receivedAt }: ValidValue): ValidValue => ({
  value,
  flag,
  observedAt,
  receivedAt,
});

/** The newest valid value of what is known of a series; undefined where there was none. */
export const newestValid = (known: LatestValue, isValid: IsValid): ValidValue | undefined =>
  isValid(known) ? asValid(known) : known.valid;

const withValid = (newest: LatestValue, valid: ValidValue | undefined): LatestValue => {
  const { valid: _, ...rest } = newest;
  return valid === undefined ? rest : { ...rest, valid };
};

/** A newer value that is not valid leaves the newest valid one as it was. */
const replaced = (known: LatestValue | undefined, newer: LatestValue, isValid: IsValid): LatestValue => {
  if (known === undefined || isValid(newer)) return newer;
  const valid = newestValid(known, isValid);
  // a time from a clock that was set back since is none that can be compared
  return withValid(newer, valid !== undefined && isUndone(valid.observedAt, newer.receivedAt) ? undefined : valid);
};

/** The series after an older value: a valid one counts where the newest value is not valid and no newer valid one is known. */
const filled = (known: LatestValue, older: LatestValue, isValid: IsValid): LatestValue | undefined => {
  if (isValid(known) || !isValid(older)) return undefined;
  if (known.valid !== undefined && known.valid.observedAt > older.observedAt) return undefined;
  return withValid(known, asValid(older));
};

/**
 * The state of a series after one more value: the newest value, and with it the newest valid one where the newest
 * is not valid. Undefined where the value changes nothing.
 */
export const newestAfter = (
  known: LatestValue | undefined,
  value: LatestValue,
  isValid: IsValid,
  isNewer = (known?.observedAt ?? 0) <= value.observedAt,
): LatestValue | undefined =>
  known === undefined || isNewer ? replaced(known, value, isValid) : filled(known, value, isValid);
