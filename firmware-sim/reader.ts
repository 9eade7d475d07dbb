import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Family } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';
import { inSequence, type Report, type Trouble } from './mishap.ts';
import { MISHAPS } from './mishaps/index.ts';
import { createRandom, keyOf } from './random.ts';
import { type ScenarioPart, type Player, partIn, type Scenario } from './scenario.ts';
import { createSensors, heldTo } from './sensors.ts';
import type { SimSettings } from './settings.ts';
import type { Rain } from './signals/rain.ts';

/** The parts that all devices of a fleet share. */
export interface Surroundings {
  readonly scenarios: readonly Scenario[];
  readonly rain: Rain;
  /** Real time since the fleet started. */
  readonly elapsed: () => Duration;
}

/** The sensors of a device, and its network. */
export interface Reader {
  /** Reads the sensors at a simulated time; mishaps may make no report of it, or several. */
  readonly read: (at: Instant) => readonly Report[];
  /** False while a scenario keeps the device off the network. */
  readonly hasNetwork: () => boolean;
}

const troubleFor = (seed: number, device: string, family: Family): Trouble =>
  inSequence(
    MISHAPS.map((mishap) => mishap.begin(createRandom(keyOf(seed, device, mishap.name)), mishap.usualRate, family)),
  );

const UNTROUBLED: Trouble = (report) => [report];

/** Applies the part of a scenario to the values of a reading, held to the range and the resolution of the sensors. */
const perform = (part: ScenarioPart, { every }: Device, family: Family, elapsed: () => Duration) => {
  let before: Duration | undefined;
  return (ordinary: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
    const now = elapsed();
    const values = part(ordinary, { now, before: before ?? milliseconds(now.ms - every.ms) });
    before = now;
    return heldTo(family, values);
  };
};

/**
 * The readings of a device: its sensors at a simulated time, changed by scenarios, and then by mishaps; and its network.
 * @throws Fault SETTING_INVALID when no family has the name that the station gives
 */
export const createReader = (settings: SimSettings, surroundings: Surroundings, player: Player): Reader => {
  const { scenarios, rain, elapsed } = surroundings;
  const { seed, device, station, basin } = player;
  const sensors = createSensors({ seed, device: device.id, station, rain, basin });
  const part = partIn(scenarios, player);
  const play = part === undefined ? undefined : perform(part, device, sensors.family, elapsed);
  const isSpared = !settings.mishaps || part !== undefined;
  const trouble = isSpared ? UNTROUBLED : troubleFor(seed, device.id, sensors.family);
  let before: Instant | undefined;
  return {
    read: (at) => {
      const ordinary = sensors.read(at, before ?? at - device.every.ms);
      before = at;
      return trouble({ at, time: at, values: play?.(ordinary) ?? ordinary, isAfterBoot: false });
    },
    hasNetwork: () => !scenarios.some(({ isCutOff }) => isCutOff?.(player, elapsed()) === true),
  };
};
