import type { Operations } from '#storage/operations/operations.ts';
import type { LatestValue, Presence } from '#storage/operations/alerting.ts';
import { type SilenceContext, silenceOf } from '#monitor/silent-devices.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { silenceLimit } from '#model/registry/silence.ts';
import type { State } from '#model/registry/state.ts';
import { type Device, stationAt } from '#model/registry/device.ts';
import { type Station } from '#model/registry/station.ts';
import { validIn } from '#model/readings/valid.ts';
import type { AirIndices } from './air-index.ts';
import { type DeviceFacts, stateOf } from './state-of.ts';

/** Last observations of devices: newest values, connections, signs of life. */
export interface KnownValues {
  /** Newest values of a device at a station. */
  readonly latestOf: (station: string, device: string) => readonly LatestValue[];
  readonly presence: ReadonlyMap<string, Presence>;
  readonly lastSeen: ReadonlyMap<string, Instant>;
}

export interface StatesDeps {
  readonly operations: Pick<Operations, 'registry' | 'availability'>;
  readonly clock: Clock;
  readonly known: () => KnownValues;
  /** Beyond three reporting intervals. */
  readonly silenceGrace: Duration;
  readonly isStoreAway: () => boolean;
  /** Absent where no index is computed. */
  readonly airIndices?: AirIndices;
}

/** The states of stations as of now. */
export interface States {
  /** In the order of the registry. */
  all(): readonly State[];
  /** Of these stations, without those that are not registered. */
  of(stations: Iterable<string>): readonly State[];
}

/** Facts of the operations database, read once. */
export const knownOf = (operations: Pick<Operations, 'latest' | 'presence' | 'lastSeen'>): KnownValues => {
  const byPlace = Map.groupBy(operations.latest(), ({ station, device }) => `${station}\t${device}`);
  return {
    latestOf: (station, device) => byPlace.get(`${station}\t${device}`) ?? [],
    presence: operations.presence(),
    lastSeen: operations.lastSeen(),
  };
};

/** Since when a device or its gateway is disconnected; one that may sleep is not expected to stay connected. */
const offlineSince = ({ id, gateway, silentAfter }: Device, { presence }: KnownValues): Instant | undefined => {
  const connection = presence.get(gateway ?? id);
  return connection?.state === 'offline' && silentAfter === undefined ? connection.since : undefined;
};

const factsOf = (
  device: Device,
  station: Station,
  known: KnownValues,
  heard: SilenceContext,
): Omit<DeviceFacts, 'airIndex'> => ({
  id: device.id,
  latest: known.latestOf(station.id, device.id),
  silenceLimit: silenceLimit(device, heard.grace),
  silence: silenceOf(device, heard),
  offlineSince: offlineSince(device, known),
});

/** The devices that are expected at each station. */
const devicesByStation = ({ devices }: Registry, now: Instant): ReadonlyMap<string, readonly Device[]> =>
  Map.groupBy(
    [...devices.values()].filter(({ revoked }) => !revoked),
    (device) => stationAt(device, now) ?? '',
  );

/** The states of stations, each computed from what is known when it is asked for. */
export const makeStates = (deps: StatesDeps): States => {
  const isValid = validIn(() => deps.operations.registry());

  const statesOf = (stations: readonly Station[]): readonly State[] => {
    const now = deps.clock.now();
    const known = deps.known();
    const registry = deps.operations.registry();
    const { presence, lastSeen } = known;
    const { outages } = deps.operations.availability();
    const heard = { registry, presence, lastSeen, outages, grace: deps.silenceGrace, now };
    const devices = devicesByStation(registry, now);
    const isStoreAway = deps.isStoreAway();
    return stations.map((station) =>
      stateOf({
        station,
        isStoreAway,
        isValid,
        now,
        devices: (devices.get(station.id) ?? []).map((device) => ({
          ...factsOf(device, station, known, heard),
          airIndex: deps.airIndices?.of(station.id, device.id),
        })),
      }),
    );
  };

  return {
    all: () => statesOf([...deps.operations.registry().stations.values()]),
    of: (ids) => statesOf([...new Set(ids)].flatMap((id) => deps.operations.registry().stations.get(id) ?? [])),
  };
};
