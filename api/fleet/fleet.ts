import { formatDuration } from '#model/base/duration.ts';
import { formatInstant, parseInstant } from '#model/base/instant.ts';
import { type Device, stationAt } from '#model/registry/device.ts';
import type { AlertingRows, LatestValue } from '#storage/operations/alerting.ts';
import type { FleetDevice, FleetOrder, FleetParameters } from './schema.ts';
import { deviceState } from '#api/stations/document.ts';
import { type FleetFacts, deviceOverview, stationsOf } from '#state/overview.ts';

const HEALTH = ['battery_voltage', 'battery_level', 'rssi', 'snr'] as const;

const fleetDevice = (device: Device, own: readonly LatestValue[], facts: FleetFacts): FleetDevice => {
  const id = stationAt(device, facts.now);
  const station = id === undefined ? undefined : facts.registry.stations.get(id);
  const newest = own.length === 0 ? undefined : Math.max(...own.map(({ observedAt }) => observedAt));
  const said = HEALTH.flatMap((name) => {
    const values = own.filter(({ property }) => property === name);
    const last = values.toSorted((a, b) => b.observedAt - a.observedAt)[0];
    return last === undefined ? [] : [[name, last.value] as const];
  });
  return {
    ...deviceState(deviceOverview(device, facts), [], facts),
    station: station?.id ?? null,
    station_name: station?.name ?? null,
    family: station?.family ?? null,
    ...(device.silentAfter === undefined ? {} : { silent_after: formatDuration(device.silentAfter) }),
    ...(newest === undefined
      ? {}
      : {
          last_value_at: formatInstant(newest),
          age_seconds: Math.max(0, Math.round((facts.now - newest) / 1_000)),
        }),
    ...Object.fromEntries(said),
  };
};

const NONE = Number.POSITIVE_INFINITY;
/** Volts and per cent cannot be compared: devices with a level come first. */
const BEHIND_LEVELS = 1_000;
const instantIn = (text: string | undefined, otherwise: number): number =>
  (text === undefined ? undefined : parseInstant(text)) ?? otherwise;

/** Sort orders; devices with trouble come first. */
const KEYS: Readonly<Record<FleetOrder, (device: FleetDevice) => string | number>> = {
  device: ({ id }) => id,
  station: ({ station }) => station ?? '~',
  silence: ({ silent_since }) => instantIn(silent_since, NONE),
  last_seen: ({ last_seen }) => instantIn(last_seen, 0),
  battery: ({ battery_level, battery_voltage = NONE }) => battery_level ?? BEHIND_LEVELS + battery_voltage,
  signal: ({ rssi }) => rssi ?? NONE,
};

const compare = (a: string | number, b: string | number): number => (a === b ? 0 : a < b ? -1 : 1);

/** The sort orders that depend on values. */
const BY_VALUES: ReadonlySet<FleetOrder> = new Set(['battery', 'signal']);

type LatestRows = Pick<AlertingRows, 'latest'>;

/** Devices with their condition, filtered and sorted; their values are read only when the order depends on them. */
export const fleetOf = (
  facts: FleetFacts,
  { silent, station, family, sort }: Pick<FleetParameters, 'silent' | 'station' | 'family' | 'sort'>,
  operations: LatestRows,
): readonly FleetDevice[] => {
  const values = Map.groupBy(BY_VALUES.has(sort) ? operations.latest() : [], ({ device }) => device);
  const key = KEYS[sort];
  return [...facts.registry.devices.values()]
    .map((device) => fleetDevice(device, values.get(device.id) ?? [], facts))
    .filter((device) => silent === undefined || device.silent === (silent === 'true'))
    .filter((device) => station === undefined || device.station === station)
    .filter((device) => family === undefined || device.family === family)
    .toSorted((a, b) => compare(key(a), key(b)) || compare(a.id, b.id));
};

/** The devices of a page with their values. */
export const withValues = (
  page: readonly FleetDevice[],
  facts: FleetFacts,
  operations: LatestRows,
): readonly FleetDevice[] => {
  const devices = page.flatMap(({ id }) => facts.registry.devices.get(id) ?? []);
  const values = Map.groupBy(operations.latest(stationsOf(devices)), ({ device }) => device);
  return devices.map((device) => fleetDevice(device, values.get(device.id) ?? [], facts));
};
