import type { Clock } from '#model/clock.ts';
import { type Duration, milliseconds } from '#model/duration.ts';
import { familyNamed } from '#model/families/index.ts';
import { Fault } from '#model/fault.ts';
import { type Instant, parseInstant } from '#model/instant.ts';
import type { Log } from '#model/log.ts';
import type { Secret } from '#model/secret.ts';
import { type Device, type Station, stationAt } from '#model/station.ts';
import { type DeviceStats, type SimulatedDevice, startDevice } from './device.ts';
import { manyDevices } from './fleet/many.ts';
import { purbalingga } from './fleet/purbalingga.ts';
import { inSequence, type Report, type Trouble } from './mishap.ts';
import { MISHAPS } from './mishaps/index.ts';
import { createRandom, keyOf } from './random.ts';
import type { Roster } from './roster.ts';
import { createSensors } from './sensors.ts';
import type { SimSettings } from './settings.ts';
import { createRain, type Rain } from './signals/rain.ts';
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
  /** Stops reading, gives the devices until `stopTimeout` to send what they hold, and says goodbye. */
  stop(): Promise<void>;
}

/** Stations and devices that these settings ask for: what to register before `startFleet`. */
export const rosterOf = ({ devices, seed, interval }: SimSettings): Roster => {
  const roster = devices === undefined ? purbalingga : manyDevices(devices, seed);
  if (interval === undefined) return roster;
  return { ...roster, devices: roster.devices.map((device) => ({ ...device, every: interval })) };
};

const troubleFor = (settings: SimSettings, device: Device, { family: name }: Station): Trouble => {
  const family = familyNamed(name);
  if (!settings.mishaps || family === undefined) return (report) => [report];
  return inSequence(
    MISHAPS.map((mishap) =>
      mishap.begin(createRandom(keyOf(settings.seed, device.id, mishap.name)), mishap.usualRate, family),
    ),
  );
};

interface Surroundings {
  readonly stations: ReadonlyMap<string, Station>;
  readonly basins: Roster['basins'];
  readonly rain: Rain;
  readonly time: SimulatedTime;
}

/** What a device does each time it reads: its sensors at the simulated time, and what mishaps make of that. */
const readerOf = (
  settings: SimSettings,
  { stations, basins, rain, time }: Surroundings,
  device: Device,
): (() => readonly Report[]) => {
  const station = stations.get(stationAt(device, time()) ?? '');
  if (station === undefined) throw new Fault('DEVICE_UNASSIGNED', `${device.id} has no station in its roster`);
  const { seed } = settings;
  const sensors = createSensors({ seed, device: device.id, station, rain, basin: basins.get(station.id) });
  const trouble = troubleFor(settings, device, station);
  let before: Instant | undefined;
  return () => {
    const at = time();
    const values = sensors.read(at, before ?? at - device.every.ms);
    before = at;
    return trouble({ at, time: at, values, isAfterBoot: false });
  };
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

/** Readings from before are refused, and devices are assigned to stations from then on. */
const EARLIEST = parseInstant('2020-01-01T00:00:00Z') ?? 0;

/**
 * Switches a fleet on, its devices at random moments within `startWithin`.
 * @throws Fault SETTING_INVALID when a device has no secret, or when `span` reaches back before 2020
 */
export const startFleet = (settings: SimSettings, { clock, log, secrets }: FleetDeps): Fleet => {
  const roster = rosterOf(settings);
  const time = createSimulatedTime(clock, settings.speedUp, settings.span);
  if (time() < EARLIEST) throw new Fault('SETTING_INVALID', '"span" reaches back before 2020; give a shorter one');
  const stations = new Map(roster.stations.map((station) => [station.id, station]));
  const surroundings = { stations, basins: roster.basins, rain: createRain(settings.seed), time };
  const { url, capacity, batch, window, ackTimeout } = settings;

  const withSecret = (device: Device): readonly [Device, Secret] => {
    const secret = secrets.get(device.id);
    if (secret !== undefined) return [device, secret];
    throw new Fault('SETTING_INVALID', `no secret for device ${device.id}; register it with "klawing device add"`);
  };
  const switchOn = ([device, secret]: readonly [Device, Secret]): SimulatedDevice => {
    const random = createRandom(keyOf(settings.seed, device.id, 'device'));
    const { every } = device;
    const startAfter = milliseconds(random.next() * settings.startWithin.ms);
    return startDevice(
      { url, device: device.id, secret, every, startAfter, capacity, batch, window, ackTimeout },
      { clock, log, random, read: readerOf(settings, surroundings, device) },
    );
  };
  // all secrets first: a fleet starts whole or not at all
  const devices = roster.devices.map(withSecret).map(switchOn);

  let stopping: Promise<void> | undefined;
  return {
    stats: () => sum(devices.map((device) => device.stats())),
    stop: () => {
      stopping ??= stopAll(devices, clock, settings.stopTimeout);
      return stopping;
    },
  };
};
