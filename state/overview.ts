import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { type Device, stationAt } from '#model/registry/device.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { OutageWindow } from '#model/registry/silence.ts';
import type { Station } from '#model/registry/station.ts';
import type { ClockSkew, ClockSkews } from '#monitor/clock-skew.ts';
import type { RefusedVersions } from '#monitor/refused-versions.ts';
import { type SilentDevice, silenceOf } from '#monitor/silent-devices.ts';
import type { LatestValue, Presence } from '#storage/operations/alerting.ts';
import type { Operations } from '#storage/operations/operations.ts';

/** Registry, values and presence at one moment. */
export interface Facts {
  readonly registry: Registry;
  readonly latest: readonly LatestValue[];
  readonly presence: ReadonlyMap<string, Presence>;
  readonly lastSeen: ReadonlyMap<string, Instant>;
  readonly now: Instant;
  /** Added to three reporting intervals. */
  readonly silenceGrace: Duration;
  /** Outages of the service, in order. */
  readonly outages: readonly OutageWindow[];
  readonly skews: Pick<ClockSkews, 'of'>;
  readonly versions: Pick<RefusedVersions, 'levelOf'>;
}

type FactSources = Pick<Facts, 'skews' | 'versions'> & { readonly operations: Operations; readonly clock: Clock };

/** Facts about devices, without their values. */
export type FleetFacts = Omit<Facts, 'latest'>;

/** The present facts without the values, which are many. */
export const factsOfDevices = (sources: FactSources, silenceGrace: Duration): FleetFacts => {
  const { operations } = sources;
  return {
    ...sharedFacts(sources, silenceGrace),
    presence: operations.presence(),
    lastSeen: operations.lastSeen(),
  };
};

/** The present facts. */
export const factsOf = (sources: FactSources, silenceGrace: Duration): Facts => ({
  ...factsOfDevices(sources, silenceGrace),
  latest: sources.operations.latest(),
});

/** The stations of these devices, present and former: where their newest values stand. */
export const stationsOf = (devices: readonly Device[]): readonly string[] => [
  ...new Set(devices.flatMap(({ assignments }) => assignments.map(({ station }) => station))),
];

/** The present facts of one station and its devices: what is read does not grow with the other stations. */
export const factsOfStation = (sources: FactSources, silenceGrace: Duration, station: string): Facts => {
  const { operations } = sources;
  const shared = sharedFacts(sources, silenceGrace);
  const devices = devicesAt(shared, station);
  const ids = devices.map(({ id }) => id);
  // the housekeeping values of a device that moved here stand at its former station
  const stations = new Set([station, ...stationsOf(devices)]);
  return {
    ...shared,
    latest: operations.latest([...stations]),
    presence: operations.presence(ids),
    lastSeen: operations.lastSeen(ids),
  };
};

const sharedFacts = (
  { operations, skews, versions, clock }: FactSources,
  silenceGrace: Duration,
): Omit<Facts, 'latest' | 'presence' | 'lastSeen'> => ({
  registry: operations.registry(),
  now: clock.now(),
  silenceGrace,
  outages: operations.availability().outages,
  skews,
  versions,
});

const devicesAt = ({ registry, now }: Pick<Facts, 'registry' | 'now'>, station: string): readonly Device[] =>
  [...registry.devices.values()].filter((device) => stationAt(device, now) === station);

/** The newest value of each property of each station, from any of its devices. */
export const newestOf = (latest: readonly LatestValue[]): readonly LatestValue[] => {
  const newest = new Map<string, LatestValue>();
  for (const value of latest) {
    const key = `${value.station}\t${value.property}`;
    const known = newest.get(key);
    if (known === undefined || value.observedAt > known.observedAt) newest.set(key, value);
  }
  return [...newest.values()];
};

/** A device with its presence, its silence and its clock. */
export interface DeviceOverview {
  readonly device: Device;
  readonly presence: Presence | undefined;
  readonly lastSeen: Instant | undefined;
  readonly silence: SilentDevice | undefined;
  /** Not known of a revoked device. */
  readonly skew: ClockSkew | undefined;
  /** Protocol level of an unsupported MQTT version that it asks for. Not known of a revoked device. */
  readonly refusedLevel: number | undefined;
}

/** The overview of a device. */
export const deviceOverview = (device: Device, facts: FleetFacts): DeviceOverview => ({
  device,
  presence: facts.presence.get(device.id),
  lastSeen: facts.lastSeen.get(device.id),
  silence: silenceOf(device, { ...facts, grace: facts.silenceGrace }),
  skew: device.revoked ? undefined : facts.skews.of(device.id, device.every),
  refusedLevel: device.revoked ? undefined : facts.versions.levelOf(device),
});

/** A station with its newest values and its devices. */
export interface StationOverview {
  readonly station: Station;
  readonly devices: readonly (DeviceOverview & {
    /** Its newest housekeeping values. */
    readonly health: readonly LatestValue[];
  })[];
  /** Undefined unless all of its expected devices are silent; the time at which the last of them became silent. */
  readonly silentSince: Instant | undefined;
  /** Newest values of its properties. */
  readonly values: readonly LatestValue[];
}

const silentSinceOf = (devices: readonly DeviceOverview[]): Instant | undefined => {
  const expected = devices.filter(({ device }) => !device.revoked);
  const since = expected.flatMap(({ silence }) => silence?.since ?? []);
  return since.length === 0 || since.length < expected.length ? undefined : Math.max(...since);
};

const overviewer = (facts: Facts) => {
  const health = Map.groupBy(
    facts.latest.filter(({ property }) => Object.hasOwn(HOUSEKEEPING, property)),
    ({ device }) => device,
  );
  const values = Map.groupBy(newestOf(facts.latest), ({ station }) => station);
  return (station: Station, devices: readonly Device[]): StationOverview => {
    const own = devices.map((device) => ({ ...deviceOverview(device, facts), health: health.get(device.id) ?? [] }));
    return { station, devices: own, silentSince: silentSinceOf(own), values: values.get(station.id) ?? [] };
  };
};

/** Stations with their values and devices, in the order of the registry. */
export const stationOverviews = (facts: Facts): readonly StationOverview[] => {
  const devices = Map.groupBy(facts.registry.devices.values(), (device) => stationAt(device, facts.now));
  const overview = overviewer(facts);
  return [...facts.registry.stations.values()].map((station) => overview(station, devices.get(station.id) ?? []));
};

/** One station with its values and devices. */
export const stationOverview = (facts: Facts, station: Station): StationOverview =>
  overviewer(facts)(station, devicesAt(facts, station.id));
