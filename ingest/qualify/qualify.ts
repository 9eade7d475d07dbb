import type { Batch, Classified } from '#ingest/batch.ts';
import { familyNamed } from '#model/families/index.ts';
import { FLAG, type Flag, worst } from '#model/readings/flag.ts';
import type { Qualified, Reading } from '#model/readings/reading.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Check, CheckedReadings } from './check.ts';
import { CHECKS } from './checks/index.ts';

/** Gives every reading of one observation its flag. */
export type Qualify = (readings: readonly Reading[]) => readonly Qualified[];

const rollUp = (observation: CheckedReadings, checks: readonly Check[]): readonly Flag[] => {
  const flags: Flag[] = observation.readings.map(() => FLAG.GOOD);
  for (const check of checks) {
    check.flag(observation).forEach((flag, i) => {
      flags[i] = worst(flags[i] ?? FLAG.UNKNOWN, flag);
    });
  }
  return flags;
};

/** Qualification against one revision of the registry. A reading is never taken away here, only flagged. */
export const qualifying =
  (registry: Registry, checks: readonly Check[] = CHECKS): Qualify =>
  (readings) => {
    const [first] = readings;
    const station = first === undefined ? undefined : registry.stations.get(first.station);
    const family = first === undefined ? undefined : familyNamed(first.family);
    if (station === undefined || family === undefined) {
      return readings.map((reading) => ({ ...reading, flag: FLAG.UNKNOWN }));
    }
    const flags = rollUp({ readings, station, family }, checks);
    return readings.map((reading, i) => ({ ...reading, flag: flags[i] ?? FLAG.UNKNOWN }));
  };

/** Qualification of a deduplicated batch, observation by observation. */
export const qualifyClassified = (classified: Classified<Reading>, registry: Registry): Classified => {
  const { readings, starts } = classified;
  const qualify = qualifying(registry);
  const qualified = starts.flatMap((start, i) => qualify(readings.slice(start, starts[i + 1])));
  return { ...classified, readings: qualified };
};

/** Qualification of the packets of a batch. */
export const qualifyPackets = (batch: Batch): Batch<Qualified> => {
  const qualify = qualifying(batch.registry);
  const packets = batch.packets.map((packet) => ({
    ...packet,
    observations: packet.observations.map(({ readings, id }) => ({ readings: qualify(readings), id })),
  }));
  return { ...batch, packets };
};
