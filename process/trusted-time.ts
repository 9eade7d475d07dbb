import type { Clock } from '#model/base/clock.ts';
import { type Duration, days, milliseconds, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** A smaller difference is a correction of the clock; a larger one is a jump, or a stop of the service. */
const TOLERANCE: Duration = minutes(10);
/** Running time after which a jump is accepted. Until then, an operator can notice it and set the clock right. */
const ACCEPTED_AFTER: Duration = days(1);

/** Largest number of earlier jumps. Of more, the last one stands for those before it. */
const MAX_EARLIER = 32;

/** A jump before the last one. It has an observation time of its own and is accepted first. */
export interface EarlierJump {
  /** Difference between the clock and the estimate after this jump, in milliseconds. */
  readonly ahead: number;
  readonly observedMs: number;
}

/** State of the estimate, from which a restart continues. */
export interface TimeEstimate {
  /** Wall time without the jumps of the clock. */
  readonly at: Instant;
  /** Difference between the clock and the estimate in milliseconds: positive ahead, negative behind, 0 without a jump. */
  readonly ahead: number;
  /** Running time since the jump, in milliseconds. */
  readonly observedMs: number;
  /** True for a jump while the service ran. A difference found at a start may also be the time of a stop. */
  readonly isWhileRunning: boolean;
  /** Earlier jumps that still count, the smallest first. */
  readonly earlier?: readonly EarlierJump[];
}

const withoutJump = (at: Instant): TimeEstimate => ({ at, ahead: 0, observedMs: 0, isWhileRunning: false });

/** A new jump. */
export interface ClockJump {
  /** Difference between the clock and the time that passed: positive ahead, negative behind. */
  readonly ahead: Duration;
  /** True for a difference found at a start, which may also be the time of a stop. */
  readonly isAtStart: boolean;
}

/** The earlier jumps after a check. */
const earlierAfter = (before: TimeEstimate, ahead: number, isNew: boolean, passed: number): readonly EarlierJump[] => {
  const last = isNew && before.ahead > 0 ? [{ ahead: before.ahead, observedMs: before.observedMs }] : [];
  return [...(before.earlier ?? []).slice(0, MAX_EARLIER - last.length), ...last]
    .filter((each) => each.ahead < ahead)
    .map((each) => ({ ahead: each.ahead, observedMs: each.observedMs + passed }));
};

/** A jump while the service ran stays one when a stop follows it. */
const isStillWhileRunning = (
  { isWhileRunning }: TimeEstimate,
  ahead: number,
  earlier: readonly EarlierJump[],
): boolean => isWhileRunning && (ahead < 0 || earlier.length > 0);

/** Accepts earlier jumps after their observation time. */
const withAccepted = ({ earlier = [], ...estimate }: TimeEstimate): TimeEstimate => {
  const by = earlier.findLast(({ observedMs }) => observedMs >= ACCEPTED_AFTER.ms)?.ahead ?? 0;
  const rest = earlier.filter(({ ahead }) => ahead > by).map((each) => ({ ...each, ahead: each.ahead - by }));
  const now = { ...estimate, at: estimate.at + by, ahead: estimate.ahead - by };
  return rest.length === 0 ? now : { ...now, earlier: rest };
};

/**
 * The time for the deletion of old data. It follows the wall clock as far as the monotonic clock confirms it; a jump is accepted
 * after a day of running. So a clock that jumps a year ahead makes nothing a year old at once, and a machine that is off
 * every night falls behind by a few nights at most.
 */
export class TrustedTime {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #estimate: TimeEstimate;
  #checkedAt: number;
  #isAtStart = true;

  /** @param before the saved estimate; without it, the estimate starts at wall time */
  constructor(clock: Pick<Clock, 'now' | 'monotonic'>, before?: TimeEstimate) {
    this.#clock = clock;
    this.#estimate = before ?? withoutJump(clock.now());
    this.#checkedAt = clock.monotonic();
  }

  /** Compares both clocks. Called about every second; returns a new jump. */
  check(): ClockJump | undefined {
    const monotonic = this.#clock.monotonic();
    const passed = monotonic - this.#checkedAt;
    this.#checkedAt = monotonic;
    const wall = this.#clock.now();
    const at = this.#estimate.at + passed;
    const ahead = wall - at;
    const isAtStart = this.#isAtStart;
    this.#isAtStart = false;
    if (Math.abs(ahead) <= TOLERANCE.ms) {
      this.#estimate = withoutJump(wall);
      return undefined;
    }
    const before = this.#estimate;
    const isNew = Math.abs(ahead - before.ahead) > TOLERANCE.ms;
    const observedMs = isNew ? 0 : before.observedMs + passed;
    const earlier = earlierAfter(before, ahead, isNew, passed);
    const isWhileRunning = isNew ? !isAtStart || isStillWhileRunning(before, ahead, earlier) : before.isWhileRunning;
    this.#estimate =
      observedMs >= ACCEPTED_AFTER.ms
        ? withoutJump(wall)
        : withAccepted({ at, ahead, observedMs, isWhileRunning, earlier });
    if (!isNew) return undefined;
    const known = isAtStart ? (earlier.at(-1)?.ahead ?? 0) : 0;
    return { ahead: milliseconds(ahead - known), isAtStart };
  }

  /** The earlier of wall time and estimate. Nothing is older than this time makes it. */
  now(): Instant {
    return Math.min(this.#clock.now(), this.#estimate.at + this.#clock.monotonic() - this.#checkedAt);
  }

  estimate(): TimeEstimate {
    return this.#estimate;
  }
}
