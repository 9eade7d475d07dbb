import type { Operations } from '#storage/operations/operations.ts';
import { readRolling } from '#storage/readings/rolling.ts';
import type { Store } from '#storage/readings/store.ts';
import { type Ispu, ispu } from '#science/air/ispu.ts';
import { ISPU_P14_2020, type IspuPollutant } from '#science/air/ispu-tables.ts';
import { expectedIn, isComplete } from '#science/windows/completeness.ts';
import type { Clock } from '#model/base/clock.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Station } from '#model/registry/station.ts';

/** The index of a device by its last complete means. */
export interface AirIndex extends Ispu {
  /** End of the means. */
  readonly until: Instant;
}

/** The newest index of each device. */
export interface AirIndices {
  /** Undefined where no mean is complete, or the last complete one is over by more than two hours. */
  of(station: string, device: string): AirIndex | undefined;
}

export interface AirIndicesDeps {
  readonly operations: Pick<Operations, 'registry'>;
  readonly store: Pick<Store, 'aggregate'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface RunningAirIndices extends AirIndices {
  /** Computes the index of every device where an hour has ended since. While the store is away the indices stay as they were. */
  compute(): Promise<void>;
  stop(): Promise<void>;
}

const FAMILY = 'air';
const PROPERTY: Readonly<Record<IspuPollutant, string>> = {
  'PM2.5': 'pm2_5',
  PM10: 'pm10',
  O3: 'o3',
  NO2: 'no2',
  SO2: 'so2',
  CO: 'co',
  HC: 'hc',
};
const POLLUTANTS: readonly (readonly [pollutant: string, property: string])[] = Object.entries(PROPERTY);
const MEAN = hours(ISPU_P14_2020.averagingHours);
/** It is looked so often whether an hour has ended. */
const TURN = minutes(1);
/** Readings of the last hour may be late by so much. */
const WAIT = minutes(5);
const LONGEST_AGE = hours(2);

type Means = Record<string, number>;

/** Means of the devices of a station that are complete, over the hours until the last whole one. */
const readMeans = async (
  station: string,
  until: Instant,
  { operations, store, signal }: Pick<AirIndicesDeps, 'operations' | 'store' | 'signal'>,
): Promise<ReadonlyMap<string, Means>> => {
  const { devices } = operations.registry();
  const byDevice = new Map<string, Means>();
  for (const [pollutant, property] of POLLUTANTS) {
    const rows = await readRolling(
      store,
      {
        station,
        family: FAMILY,
        property,
        from: until - 1,
        to: until,
        flags: [FLAG.GOOD, FLAG.SUSPECT],
        fn: 'mean',
        intervalMs: hours(1).ms,
        zone: 'UTC',
        isCircular: false,
        isAmount: false,
        rollingMs: MEAN.ms,
      },
      (device) => devices.get(device)?.every.ms,
      signal,
    );
    for (const { device, end, value, validHours = 0 } of rows) {
      if (end !== until || !isComplete(validHours, expectedIn(MEAN.ms, hours(1).ms))) continue;
      const means = byDevice.get(device);
      if (means === undefined) byDevice.set(device, { [pollutant]: value });
      else means[pollutant] = value;
    }
  }
  return byDevice;
};

const keyOf = (station: string, device: string): string => `${station}\t${device}`;

/**
 * Computes the ISPU of every air station (P.14/2020) from the means of its last 24 whole hours, in the background, again and
 * again. A mean counts where at least 18 of its hours are valid.
 */
export const startAirIndices = (deps: AirIndicesDeps): RunningAirIndices => {
  const { operations, clock, log, signal } = deps;
  const indices = new Map<string, AirIndex>();

  const computeStation = async ({ id }: Station, until: Instant): Promise<void> => {
    for (const [device, means] of await readMeans(id, until, deps)) {
      const index = ispu(means);
      if (index !== undefined) indices.set(keyOf(id, device), { ...index, until });
    }
  };

  let computed = 0;
  const compute = async (): Promise<void> => {
    const until = Math.floor((clock.now() - WAIT.ms) / hours(1).ms) * hours(1).ms;
    if (until <= computed) return;
    const stations = [...operations.registry().stations.values()].filter(({ family }) => family === FAMILY);
    try {
      for (const station of stations) await computeStation(station, until);
      computed = until;
    } catch (error) {
      if (!isOutage(error) && !signal.aborted) log.error('air index not computed', { detail: String(error) });
    }
  };

  let turn: Promise<void> | undefined;
  const begin = (): void => {
    turn ??= compute().finally(() => (turn = undefined));
  };
  begin();
  const timer = clock.every(TURN, begin);

  return {
    of: (station, device) => {
      const index = indices.get(keyOf(station, device));
      return index !== undefined && clock.now() - index.until <= LONGEST_AGE.ms ? index : undefined;
    },
    compute,
    stop: async () => {
      timer.stop();
      await turn;
    },
  };
};
