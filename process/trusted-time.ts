import type { Clock } from '#model/base/clock.ts';
import { type Duration, days, milliseconds, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** A clock that is off by less was corrected; one that is off by more was set, or nothing ran meanwhile. */
const TOLERATED: Duration = minutes(10);
/** A clock that was set is believed once this has passed: until then people can see it and set it right. */
const DOUBTED: Duration = days(1);

/** Leaps and stops that are remembered beside the last one; of more, the last stands for those before it. */
const REMEMBERED = 32;

/** How far ahead the clock was already when a later leap or stop was found; it has its own day, and is believed first. */
export interface Earlier {
  readonly ahead: number;
  readonly doubted: number;
}

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
  /** Those that the clock still stands ahead by, the least first; absent where there is none. */
  readonly earlier?: readonly Earlier[];
}

/** What is believed of a clock that is taken at its word. */
const believing = (at: Instant): Belief => ({ at, ahead: 0, doubted: 0, wasSeen: false });

/** What a look has found. */
export interface Jump {
  /** How far the clock is ahead of the time that passed, negative behind; after a start what was not known before. */
  readonly ahead: Duration;
  /** Seen right after a start: then it may as well be that nothing ran for so long. */
  readonly isAtStart: boolean;
}

/** What a clock stands ahead by of that which was found before, after a look. */
const earlierAfter = (before: Belief, ahead: number, isNew: boolean, passed: number): readonly Earlier[] => {
  const last = isNew && before.ahead > 0 ? [{ ahead: before.ahead, doubted: before.doubted }] : [];
  return [...(before.earlier ?? []).slice(0, REMEMBERED - last.length), ...last]
    .filter((each) => each.ahead < ahead)
    .map((each) => ({ ahead: each.ahead, doubted: each.doubted + passed }));
};

/** What was seen is no stop because a stop has followed it. */
const isStillSeen = ({ wasSeen }: Belief, ahead: number, earlier: readonly Earlier[]): boolean =>
  wasSeen && (ahead < 0 || earlier.length > 0);

/** Takes over what has stood for its day. */
const matured = ({ earlier = [], ...belief }: Belief): Belief => {
  const by = earlier.findLast(({ doubted }) => doubted >= DOUBTED.ms)?.ahead ?? 0;
  const rest = earlier.filter(({ ahead }) => ahead > by).map((each) => ({ ...each, ahead: each.ahead - by }));
  const now = { ...belief, at: belief.at + by, ahead: belief.ahead - by };
  return rest.length === 0 ? now : { ...now, earlier: rest };
};

/**
 * The time, for whoever removes what is old. Wall time is believed as far as the monotonic clock bears it out; where it
 * has jumped, only after a day of running. So a clock that leaps a year ahead makes nothing a year old at once, and one of
 * a machine that is off every night is no more than a few nights behind.
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
    const before = this.#belief;
    const isNew = Math.abs(ahead - before.ahead) > TOLERATED.ms;
    const doubted = isNew ? 0 : before.doubted + passed;
    const earlier = earlierAfter(before, ahead, isNew, passed);
    const wasSeen = isNew ? !isAtStart || isStillSeen(before, ahead, earlier) : before.wasSeen;
    this.#belief = doubted >= DOUBTED.ms ? believing(wall) : matured({ at, ahead, doubted, wasSeen, earlier });
    if (!isNew) return undefined;
    const known = isAtStart ? (earlier.at(-1)?.ahead ?? 0) : 0;
    return { ahead: milliseconds(ahead - known), isAtStart };
  }

  /** The earlier of wall time and the time that passed: nothing is older than this makes it. */
  now(): Instant {
    return Math.min(this.#clock.now(), this.#belief.at + this.#clock.monotonic() - this.#seen);
  }

  belief(): Belief {
    return this.#belief;
  }
}
