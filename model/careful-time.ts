import type { Clock } from './clock.ts';
import { type Duration, days, milliseconds, minutes } from './duration.ts';
import type { Instant } from './instant.ts';

/** A clock that is off by less was corrected; one that is off by more was set, or nothing ran meanwhile. */
const TOLERATED: Duration = minutes(10);
/** A clock that was set is believed once this has passed: until then people can see it and set it right. */
const DOUBTED: Duration = days(1);

/** What is believed of the time, to go on from after a restart. */
export interface Belief {
  /** Wall time as it would be had nobody set the clock. */
  readonly at: Instant;
  /** How far the clock is ahead of that, negative behind; 0 while it is believed. In milliseconds. */
  readonly ahead: number;
  /** For how long that has been doubted, in milliseconds of running. */
  readonly doubted: number;
  /** It was set while somebody looked; found at a start it may as well be that nothing ran meanwhile. */
  readonly wasSeen: boolean;
}

/** What is believed of a clock that is taken at its word. */
const believing = (at: Instant): Belief => ({ at, ahead: 0, doubted: 0, wasSeen: false });

/** Where a look has found the clock set: how far it is ahead of the time that passed, negative behind. */
export interface Jump {
  readonly ahead: Duration;
  /** Seen right after a start: then it may as well be that nothing ran for so long. */
  readonly isAtStart: boolean;
}

/**
 * The time, for whoever removes what is old. Wall time is believed as far as the monotonic clock bears it out; where it
 * has jumped, only after a day of running. So a clock that leaps a year ahead makes nothing a year old at once.
 */
export class CarefulTime {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #belief: Belief;
  #seen: number;
  #isAtStart = true;

  /** @param before what was believed when it was noted last; without it the clock is taken at its word */
  constructor(clock: Pick<Clock, 'now' | 'monotonic'>, before?: Belief) {
    this.#clock = clock;
    this.#belief = before ?? believing(clock.now());
    this.#seen = clock.monotonic();
  }

  /** Compares both clocks; to be called about every second. Gives a jump when there is a new one. */
  look(): Jump | undefined {
    const monotonic = this.#clock.monotonic();
    const passed = monotonic - this.#seen;
    this.#seen = monotonic;
    const wall = this.#clock.now();
    const at = this.#belief.at + passed;
    const ahead = wall - at;
    const isAtStart = this.#isAtStart;
    this.#isAtStart = false;
    if (Math.abs(ahead) <= TOLERATED.ms) {
      this.#belief = believing(wall);
      return undefined;
    }
    const isNew = Math.abs(ahead - this.#belief.ahead) > TOLERATED.ms;
    const doubted = isNew ? 0 : this.#belief.doubted + passed;
    const wasSeen = isNew ? !isAtStart : this.#belief.wasSeen;
    this.#belief = doubted >= DOUBTED.ms ? believing(wall) : { at, ahead, doubted, wasSeen };
    return isNew ? { ahead: milliseconds(ahead), isAtStart } : undefined;
  }

  /** The earlier of wall time and the time that passed: nothing is older than this makes it. */
  now(): Instant {
    return Math.min(this.#clock.now(), this.#belief.at + this.#clock.monotonic() - this.#seen);
  }

  belief(): Belief {
    return this.#belief;
  }
}
