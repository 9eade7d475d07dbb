import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import type { Rain } from './signals/rain.ts';
import type { Basin } from './signals/river.ts';

/** A device that a scenario may have something to do with. */
export interface Player {
  readonly seed: number;
  readonly device: Device;
  /** Its place in the fleet, from 0. */
  readonly number: number;
  readonly station: Station;
  /** Catchment of the river at its station; undefined away from rivers. */
  readonly basin: Basin | undefined;
}

/** The real time since the fleet started, and what it was when the device last read. */
export interface Elapsed {
  readonly now: Duration;
  readonly before: Duration;
}

export type Values = ReadonlyMap<string, number>;

/** The values of a device under a scenario: a function of these arguments alone. */
export type ScenarioPart = (ordinary: Values, elapsed: Elapsed) => Values;

/** A story that a fleet plays on top of its ordinary signals. One file each in `firmware-sim/scenarios`. */
export interface Scenario {
  readonly name: string;
  /** One line for `klawing sim --help`. */
  readonly summary: string;
  /** The part of a device; undefined leaves it alone. Devices with a part have no mishaps, so that the scenario is visible. */
  readonly partOf?: (player: Player) => ScenarioPart | undefined;
  /**
   * The sky that the fleet stands under.
   * @param begin simulated time at which the fleet starts
   */
  readonly skyOver?: (rain: Rain, begin: Instant) => Rain;
  /** True where a device is without a network at this real time after the start of the fleet. */
  readonly isCutOff?: (player: Player, elapsed: Duration) => boolean;
}

/** The parts that scenarios give to a device, one after another; undefined when it has none. */
export const partIn = (scenarios: readonly Scenario[], player: Player): ScenarioPart | undefined => {
  const parts = scenarios.flatMap(({ partOf }) => partOf?.(player) ?? []);
  if (parts.length === 0) return undefined;
  return (ordinary, elapsed) => parts.reduce((values, part) => part(values, elapsed), ordinary);
};
