import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { type Instant, parseInstant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import type { Secret } from '#model/base/secret.ts';
import { stationAt } from '#model/registry/device.ts';
import { type DeviceStats, type SimulatedDevice, startDevice } from './device.ts';
import { manyDevices } from './fleet/many.ts';
import { purbalingga } from './fleet/purbalingga.ts';
import { createRandom, keyOf } from './random.ts';
import { createReader, type Surroundings } from './reader.ts';
import type { Roster } from './roster.ts';
import type { Player } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { SimSettings } from './settings.ts';
import { createRain } from './signals/rain.ts';
import { createSimulatedTime, type SimulatedTime } from './simulated-time.ts';

export interface FleetDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Device → its secret, as the registration gave it. */
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** The devices' figures summed up; `connected` of `devices` are. */
export interface FleetStats extends Omit<DeviceStats, 'isConnected'> {
  readonly devices: number;
  readonly connected: number;
}

export interface Fleet {
  stats(): FleetStats;
  /** Stops reading, gives the devices until `stopTimeout` to send their buffers, and disconnects them. */
  stop(): Promise<void>;
}

/** Stations and devices that these settings ask for: what to register before `startFleet`. */
export const rosterOf = ({ devices, seed, interval }: SimSettings): Roster => {
  const roster = devices === undefined ? purbalingga : manyDevices(devices, seed);
  if (interval === undefined) return roster;
  return { ...roster, devices: roster.devices.map((device) => ({ ...device, every: interval })) };
};

/** Readings from before are refused, and devices are assigned to stations from then on. */
const EARLIEST = parseInstant('2020-01-01T00:00:00Z') ?? 0;

/**
 * The devices of a fleet with their stations, in order.
 * @throws Fault DEVICE_UNASSIGNED when a device has no station at that time
 */
const castOf = ({ stations, devices, basins }: Roster, seed: number, at: Instant): readonly Player[] => {
  const known = new Map(stations.map((station) => [station.id, station]));
  return devices.map((device, number) => {
    const station = known.get(stationAt(device, at) ?? '');
    if (station === undefined) throw new Fault('DEVICE_UNASSIGNED', `${device.id} has no station in its roster`);
    return { seed, device, number, station, basin: basins.get(station.id) };
  });
};

/** The parts that all devices of the fleet share, from now on. */
const surround = (
  { seed, speedUp, span, scenarios: names }: SimSettings,
  clock: Clock,
): Surroundings & { readonly time: SimulatedTime } => {
  const time = createSimulatedTime(clock, speedUp, span);
  const begin = time.now();
  if (begin < EARLIEST) throw new Fault('SETTING_INVALID', '"span" reaches back before 2020; give a shorter one');
  const began = clock.monotonic();
  const scenarios = SCENARIOS.filter(({ name }) => names.includes(name));
  const rain = scenarios.reduce((sky, { skyOver }) => skyOver?.(sky, begin) ?? sky, createRain(seed));
  return { scenarios, rain, time, elapsed: () => milliseconds(clock.monotonic() - began) };
};

const sum = (devices: readonly DeviceStats[]): FleetStats => {
  const total = (of: (stats: DeviceStats) => number): number => devices.reduce((all, stats) => all + of(stats), 0);
  return {
    devices: devices.length,
    connected: total(({ isConnected }) => (isConnected ? 1 : 0)),
    made: total(({ made }) => made),
    published: total(({ published }) => published),
    acknowledged: total(({ acknowledged }) => acknowledged),
    buffered: total(({ buffered }) => buffered),
    dropped: total(({ dropped }) => dropped),
    attempts: total(({ attempts }) => attempts),
  };
};

const stopAll = async (devices: readonly SimulatedDevice[], clock: Clock, within: Duration): Promise<void> => {
  const late = new AbortController();
  const timer = clock.after(within, () => late.abort());
  await Promise.all(devices.map((device) => device.stop(late.signal)));
  timer.stop();
};

/**
 * Switches a fleet on, its devices at random moments within `startWithin`.
 * @throws Fault SETTING_INVALID when a device has no secret, or when `span` reaches back before 2020
 */
export const startFleet = (settings: SimSettings, { clock, log, secrets }: FleetDeps): Fleet => {
  const roster = rosterOf(settings);
  const surroundings = surround(settings, clock);
  const { url, capacity, batch, window, ackTimeout } = settings;

  const withSecret = (player: Player): readonly [Player, Secret] => {
    const { id } = player.device;
    const secret = secrets.get(id);
    if (secret !== undefined) return [player, secret];
    throw new Fault('SETTING_INVALID', `no secret for device ${id}; register it with "klawing device add"`);
  };
  const switchOn = ([player, secret]: readonly [Player, Secret]): SimulatedDevice => {
    const { id, every } = player.device;
    const random = createRandom(keyOf(settings.seed, id, 'device'));
    const startAfter = milliseconds(random.next() * settings.startWithin.ms);
    return startDevice(
      { url, device: id, secret, every, startAfter, capacity, batch, window, ackTimeout },
      { clock, log, random, time: surroundings.time, ...createReader(settings, surroundings, player) },
    );
  };
  // all secrets first: a fleet starts whole or not at all
  const devices = castOf(roster, settings.seed, surroundings.time.now()).map(withSecret).map(switchOn);

  let stopping: Promise<void> | undefined;
  return {
    stats: () => sum(devices.map((device) => device.stats())),
    stop: () => {
      stopping ??= stopAll(devices, clock, settings.stopTimeout);
      return stopping;
    },
  };
};
