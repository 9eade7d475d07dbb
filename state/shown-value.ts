import { newestValid } from '#storage/operations/newest.ts';
import type { LatestValue, ValidValue } from '#storage/operations/alerting.ts';
import type { Duration } from '#model/base/duration.ts';
import { familyNamed } from '#model/families/index.ts';
import { FLAG } from '#model/readings/flag.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { isUndone } from '#model/readings/reading.ts';
import type { Assurance, ShownValue } from '#model/registry/state.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import type { IsValid } from '#model/readings/valid.ts';

/** By what a value is shown. */
export interface Sight {
  readonly now: Instant;
  /** A value that is older is stale. */
  readonly limit: Duration;
  readonly isValid: IsValid;
}

/** A value as it is shown, and the number that a hazard follows: that of the newest valid value. */
export interface SeenValue {
  readonly shown: ShownValue;
  readonly evidence: number | undefined;
}

/** The age of a time ahead of every arrival is not known: the clock of this machine was set back since. */
const isStale = ({ observedAt }: ValidValue, { now, limit }: Sight): boolean =>
  now - observedAt > limit.ms || isUndone(observedAt, now);

const assuranceOf = (newest: LatestValue, valid: ValidValue | undefined, sight: Sight): Assurance => {
  if (valid === undefined) return 'unknown';
  if (isStale(valid, sight)) return 'stale';
  const isDoubtful = valid.flag === FLAG.SUSPECT || valid.flag === FLAG.FAIL || !sight.isValid(newest);
  return isDoubtful ? 'doubtful' : 'valid';
};

const lastValid = ({ value, flag, observedAt }: ValidValue): ShownValue['last_valid'] => ({
  value,
  flag,
  observed_at: formatInstant(observedAt),
});

/** A value as it is shown: where it is not valid the reason stands in its place, and beside it the newest valid value. */
// oxlint-disable-next-line complexity -- one condition for each reason that hides a value
export const seenAs = (newest: LatestValue, sight: Sight): SeenValue => {
  const property = familyNamed(newest.family)?.properties[newest.property];
  const unit = property?.unit ?? '1';
  const isShown = sight.isValid(newest);
  const valid = newestValid(newest, sight.isValid);
  const shown = {
    device: newest.device,
    property: newest.property,
    title: { ...(property?.title ?? { id: newest.property, en: newest.property }) },
    unit,
    unit_text: UNIT_TEXT[unit] ?? unit,
    decimals: property?.decimals ?? 3,
    value: isShown ? newest.value : null,
    reason: isShown ? null : newest.flag === FLAG.MISSING ? ('missing' as const) : ('failed' as const),
    flag: newest.flag,
    observed_at: formatInstant(newest.observedAt),
    received_at: formatInstant(newest.receivedAt),
    timed_by: newest.timedBy,
    last_valid: isShown || valid === undefined ? null : lastValid(valid),
    assurance: assuranceOf(newest, valid, sight),
  };
  return { shown, evidence: valid?.value };
};
