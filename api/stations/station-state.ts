import type { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration } from '#model/base/duration.ts';
import type { Property } from '#model/readings/family.ts';
import { familyNamed } from '#model/families/index.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type OutageWindow, silenceLimit } from '#model/registry/silence.ts';
import type { ClockSkews } from '#monitor/clock-skew.ts';
import { silenceOf } from '#monitor/silent-devices.ts';
import { type Device, stationAt } from '#model/registry/device.ts';
import { type Station } from '#model/registry/station.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { LatestValue, Presence } from '#storage/operations/alerting.ts';
import type { DeviceState, LastValue, StationState } from './schema.ts';

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
}

/** The present facts. */
export const factsOf = (
  {
    operations,
    skews,
    clock,
  }: { readonly operations: Operations; readonly skews: Facts['skews']; readonly clock: Clock },
  silenceGrace: Duration,
): Facts => ({
  registry: operations.registry(),
  latest: operations.latest(),
  presence: operations.presence(),
  lastSeen: operations.lastSeen(),
  now: clock.now(),
  silenceGrace,
  outages: operations.availability().outages,
  skews,
});

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

const propertyOf = (family: string, property: string): Property | undefined =>
  familyNamed(family)?.properties[property];

/** A value in an answer. */
export const lastValue = (value: LatestValue, now: Instant): z.infer<typeof LastValue> => {
  const property = propertyOf(value.family, value.property);
  const unit = property?.unit ?? '1';
  return {
    device: value.device,
    property: value.property,
    title: property?.title ?? { id: value.property, en: value.property },
    value: value.value,
    decimals: property?.decimals ?? 3,
    unit,
    unit_text: UNIT_TEXT[unit] ?? unit,
    flag: value.flag,
    observed_at: formatInstant(value.observedAt),
    received_at: formatInstant(value.receivedAt),
    age_seconds: Math.max(0, Math.round((now - value.observedAt) / 1_000)),
  };
};

/** Condition of a device. */
// oxlint-disable-next-line complexity -- one condition for each optional member of an answer
export const deviceState = (
  device: Device,
  health: readonly LatestValue[],
  facts: Facts,
): z.infer<typeof DeviceState> => {
  const presence = facts.presence.get(device.id);
  const lastSeen = facts.lastSeen.get(device.id);
  const silence = silenceOf(device, { ...facts, grace: facts.silenceGrace });
  const skew = device.revoked ? undefined : facts.skews.of(device.id, device.every);
  return {
    id: device.id,
    every: formatDuration(device.every),
    revoked: device.revoked,
    presence: presence?.state ?? 'unknown',
    ...(presence === undefined ? {} : { presence_since: formatInstant(presence.since) }),
    ...(lastSeen === undefined ? {} : { last_seen: formatInstant(lastSeen) }),
    silence_limit_seconds: silenceLimit(device, facts.silenceGrace).ms / 1_000,
    silent: silence !== undefined,
    ...(silence === undefined ? {} : { silent_since: formatInstant(silence.since), silent_cause: silence.cause }),
    ...(device.gateway === undefined ? {} : { gateway: device.gateway }),
    ...(skew?.ahead === undefined ? {} : { clock_skew_seconds: Math.round(skew.ahead.ms / 1_000) }),
    clock_wrong: skew?.isWrong ?? false,
    ...(health.length === 0 ? {} : { health: health.map((value) => lastValue(value, facts.now)) }),
  };
};

/** Newest housekeeping values of each device. */
const healthOf = ({ latest }: Facts): ReadonlyMap<string, readonly LatestValue[]> =>
  Map.groupBy(
    latest.filter(({ property }) => Object.hasOwn(HOUSEKEEPING, property)),
    ({ device }) => device,
  );

/** A station is silent when all of its expected devices are silent; since the last of them became silent. */
const silenceOfAll = (
  devices: readonly z.infer<typeof DeviceState>[],
): Pick<StationState, 'silent' | 'silent_since'> => {
  const expected = devices.filter(({ revoked }) => !revoked);
  const since = expected.map(({ silent_since }) => silent_since).filter((text) => text !== undefined);
  const last = since.toSorted().at(-1);
  return last === undefined || since.length < expected.length
    ? { silent: false }
    : { silent: true, silent_since: last };
};

const stationState = (
  station: Station,
  devices: readonly z.infer<typeof DeviceState>[],
  values: readonly LatestValue[],
  facts: Facts,
): StationState => {
  const family = familyNamed(station.family);
  const order = Object.keys(family?.properties ?? {});
  return {
    ...station,
    family_title: family?.title ?? { id: station.family, en: station.family },
    attributes: { ...station.attributes },
    headline: family?.headline ?? '',
    ...silenceOfAll(devices),
    devices: [...devices],
    last: values
      .toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property))
      .map((value) => lastValue(value, facts.now)),
  };
};

/** Stations with their values and devices, in the order of the registry; only one when an id is given. */
export const stationStates = (facts: Facts, only?: string): StationState[] => {
  const devices = Map.groupBy(facts.registry.devices.values(), (device) => stationAt(device, facts.now));
  const health = healthOf(facts);
  const statesAt = (id: string) =>
    (devices.get(id) ?? []).map((device) => deviceState(device, health.get(device.id) ?? [], facts));
  const values = Map.groupBy(newestOf(facts.latest), ({ station }) => station);
  return [...facts.registry.stations.values()]
    .filter(({ id }) => only === undefined || id === only)
    .map((station) => stationState(station, statesAt(station.id), values.get(station.id) ?? [], facts));
};
