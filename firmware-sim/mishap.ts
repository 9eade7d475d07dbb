import type { Family } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { DAY_MS } from './calendar.ts';
import type { Random } from './random.ts';

/** A report of a device about one time. */
export interface Report {
  /** The true simulated time. */
  readonly at: Instant;
  /** The same by the device's own clock: what it sends. */
  readonly time: Instant;
  readonly values: ReadonlyMap<string, number>;
  /** True for the first report after a restart: the connection has ended without a DISCONNECT. */
  readonly isAfterBoot: boolean;
}

/** The effect of a mishap on a report: it drops, keeps, changes or repeats it. */
export type Trouble = (report: Report) => readonly Report[];

/** A fault of real devices. One file each in `firmware-sim/mishaps`. */
export interface Mishap {
  readonly name: string;
  /** Default rate, in events per `per`. */
  readonly usualRate: number;
  readonly per: 'report' | 'day' | 'boot';
  /**
   * Sets it going for one device.
   * @param rate takes the place of `usualRate`
   */
  begin(random: Random, rate: number, family: Family): Trouble;
}

/** Tells, at each report, whether something that happens `perDay` times a day has happened since the last one. */
export const occurrence = (random: Random, perDay: number): ((at: Instant) => boolean) => {
  let before: Instant | undefined;
  return (at) => {
    const passed = Math.max(0, at - (before ?? at));
    before = at;
    return random.chance(1 - Math.exp((-perDay * passed) / DAY_MS));
  };
};

/** Troubles one after another: what one lets through goes to the next. */
export const inSequence =
  (troubles: readonly Trouble[]): Trouble =>
  (report) =>
    troubles.reduce<readonly Report[]>((reports, trouble) => reports.flatMap(trouble), [report]);
