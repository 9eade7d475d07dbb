import { manyDevices } from '#firmware-sim/fleet/many.ts';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import { createReader } from '#firmware-sim/reader.ts';
import type { Roster } from '#firmware-sim/roster.ts';
import type { Player, Scenario, Values } from '#firmware-sim/scenario.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { createRain } from '#firmware-sim/signals/rain.ts';
import { type Duration, milliseconds, seconds } from '#model/base/duration.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Family, Limit } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Station } from '#model/registry/station.ts';

/** Report of a device, so many seconds after the start of its fleet. */
export interface Said {
  readonly second: number;
  readonly values: Values;
}

export interface Stage {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  /** Simulated time at the start. */
  readonly begin: Instant;
  readonly speedUp?: number;
  readonly mishaps?: boolean;
}

const EVERY = seconds(5);

const castFrom = ({ stations, devices, basins }: Roster, seed: number): readonly Player[] =>
  devices.map((device, number) => {
    const station = stations.find(({ id }) => id === device.assignments[0]?.station);
    if (station === undefined) throw new Error(`${device.id} has no station`);
    return { seed, device, number, station, basin: basins.get(station.id) };
  });

/** All devices of the demo and some of a synthetic fleet. */
export const cast = (seed = 1): readonly Player[] => [
  ...castFrom(purbalingga, seed),
  ...castFrom(manyDevices(10, seed), seed),
];

export const playerNamed = (id: string, seed = 1): Player => {
  const player = cast(seed).find(({ device }) => device.id === id);
  if (player === undefined) throw new Error(`no device ${id}`);
  return player;
};

/** Reports of a device, one every five seconds of real time, from `first` on for so long. */
export const play = (on: Stage, id: string, length: Duration, first = 0): readonly Said[] => {
  const { scenarios, seed, begin, speedUp = 1, mishaps = true } = on;
  const rain = scenarios.reduce((sky, { skyOver }) => skyOver?.(sky, begin) ?? sky, createRain(seed));
  let ms = first;
  const timeNow = (): Instant => Math.floor(begin + ms * speedUp);
  const { read } = createReader(
    SimSettings.parse({ seed, mishaps }),
    { scenarios, rain, elapsed: () => milliseconds(ms) },
    playerNamed(id, seed),
  );
  const said: Said[] = [];
  for (; ms < length.ms; ms += EVERY.ms)
    for (const { values } of read(timeNow())) said.push({ second: ms / 1_000, values });
  return said;
};

export const seriesOf = (said: readonly Said[], property: string): readonly (readonly [number, number])[] =>
  said.map(({ second, values }) => [second, values.get(property) ?? Number.NaN]);

export const familyOf = ({ family: name }: Station): Family => {
  const family = familyNamed(name);
  if (family === undefined) throw new Error(`no family ${name}`);
  return family;
};

/** Seconds at which an alert fired and resolved; undefined when it had not yet. */
export interface Course {
  readonly fired: number;
  readonly resolved: number | undefined;
}

/** The courses of a limit's alerts over what was said, by its raise and clear levels and its hold. */
export const coursesOf = (limit: Limit, station: Station, said: readonly Said[]): readonly Course[] => {
  const raise = typeof limit.raise === 'number' ? limit.raise : Number(station.attributes[limit.raise]);
  const clear = raise - limit.hysteresis;
  const courses: Course[] = [];
  let since: number | undefined;
  let fired: number | undefined;
  for (const [second, value] of seriesOf(said, limit.property)) {
    if (value <= clear) {
      if (fired !== undefined) courses.push({ fired, resolved: second });
      [since, fired] = [undefined, undefined];
    } else if (value >= raise) {
      since ??= second;
      if (second - since >= limit.holdMinutes * 60) fired ??= second;
    }
  }
  return fired === undefined ? courses : [...courses, { fired, resolved: undefined }];
};

/** The courses of one of the family's own limits at a device of the demo. */
export const coursesAt = (id: string, limit: string, said: readonly Said[]): readonly Course[] => {
  const { station } = playerNamed(id);
  const found = familyOf(station).limits.find(({ name }) => name === limit);
  if (found === undefined) throw new Error(`no limit ${limit}`);
  return coursesOf(found, station, said);
};
