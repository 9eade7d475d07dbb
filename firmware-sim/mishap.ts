import type { Family } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { DAY_MS } from './calendar.ts';
import type { Random } from './random.ts';

/** What a device is about to send about one moment. */
export interface Report {
  /** The true simulated time. */
  readonly at: Instant;
  /** The same by the device's own clock: what it sends. */
  readonly time: Instant;
  readonly values: ReadonlyMap<string, number>;
  /** The device has just started anew: its connection went without a goodbye. */
  readonly isAfterBoot: boolean;
}

/** What a mishap makes of each report, one after another: none, the same, another, or several. */
export type Trouble = (report: Report) => readonly Report[];

/** Something that goes wrong with real devices. One file each in `firmware-sim/mishaps`. */
export interface Mishap {
  readonly name: string;
  /** How often it happens by default, in events per `per`. */
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
