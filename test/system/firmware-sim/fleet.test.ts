import { describe, expect, onTestFinished, test } from 'vitest';
import { type Fleet, rosterOf, startFleet } from '#firmware-sim/fleet.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { Secret } from '#model/base/secret.ts';
import { eventually } from '#test/support/eventually.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { idsOf, packetsOf, type PlainBroker, plainBroker, presenceOf } from './plain-broker.ts';

const SECRET = new Secret('a-secret-of-a-device');

const aBroker = async (): Promise<PlainBroker> => {
  const broker = plainBroker();
  await broker.start();
  onTestFinished(() => broker.stop());
  return broker;
};

const aFleet = (broker: PlainBroker, given: Readonly<Record<string, unknown>> = {}) => {
  const settings = SimSettings.parse({
    url: broker.url,
    devices: 6,
    interval: '20ms',
    mishaps: false,
    startWithin: '100ms',
    ...given,
  });
  const devices = rosterOf(settings).devices.map(({ id }) => id);
  const secrets = new Map(devices.map((id) => [id, SECRET]));
  const log = silentLog();
  const fleet: Fleet = startFleet(settings, { clock: systemClock, log, secrets });
  onTestFinished(() => fleet.stop());
  return { fleet, devices, log };
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('a fleet', () => {
  test('delivers every reading in order, through a broker that is away for a while, in arrays afterwards', async () => {
    const broker = await aBroker();
    const { fleet, devices } = aFleet(broker, { batch: 50 });
    await eventually(() => expect(fleet.stats().acknowledged).toBeGreaterThan(100));
    expect(fleet.stats().connected).toBe(devices.length);

    await broker.stop();
    await eventually(() => expect(fleet.stats().buffered).toBeGreaterThan(500));
    expect(fleet.stats().connected).toBe(0);

    await broker.start();
    await eventually(() => expect(fleet.stats().connected).toBe(devices.length));
    await eventually(() => expect(fleet.stats().buffered).toBeLessThan(20));
    await fleet.stop();

    const { made, acknowledged, buffered, dropped } = fleet.stats();
    expect({ buffered, dropped }).toEqual({ buffered: 0, dropped: 0 });
    expect(acknowledged).toBe(made);
    const all = devices.map((device) => idsOf(broker, device));
    for (const ids of all) expect(ids).toEqual(upTo(ids.length));
    expect(all.flat().length).toBe(made);
    const sizes = devices.flatMap((device) => packetsOf(broker, device).map((packet) => packet.length));
    expect(Math.max(...sizes)).toBe(50);
  });

  test('gives up the oldest when a memory is full, says how many, and delivers the rest', async () => {
    const broker = await aBroker();
    const { fleet, devices } = aFleet(broker, { capacity: 10, devices: 2 });
    await eventually(() => expect(fleet.stats().acknowledged).toBeGreaterThan(10));
    await broker.stop();
    await eventually(() => expect(fleet.stats().dropped).toBeGreaterThan(20));
    expect(fleet.stats().buffered).toBe(20);
    await broker.start();
    await eventually(() => expect(fleet.stats().buffered).toBeLessThan(5));
    await fleet.stop();
    const { made, acknowledged, buffered, dropped } = fleet.stats();
    expect(acknowledged + buffered + dropped).toBe(made);
    for (const device of devices) {
      const ids = idsOf(broker, device);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
    // a packet that was under way when the broker went down may have arrived without its acknowledgement
    expect(devices.flatMap((device) => idsOf(broker, device)).length).toBeGreaterThanOrEqual(acknowledged);
  });

  test('counts nothing as delivered before its PUBACK, and gives a silent connection up', async () => {
    const broker = await aBroker();
    broker.acknowledges = false;
    const { fleet } = aFleet(broker, { devices: 1, ackTimeout: '200ms', stopTimeout: '200ms' });
    await eventually(() => expect(fleet.stats().attempts).toBeGreaterThan(1));
    expect(fleet.stats().published).toBeGreaterThan(0);
    expect(fleet.stats().acknowledged).toBe(0);
    broker.acknowledges = true;
    await eventually(() => expect(fleet.stats().acknowledged).toBeGreaterThan(10));
    // a packet that was held back is sent again after those behind it, on the next connection
    await eventually(() => {
      const ids = idsOf(broker, 'sim-0001');
      expect([...ids].sort((a, b) => a - b)).toEqual(upTo(ids.length));
    });
  });

  test('says online after it connects and offline before it leaves, retained', async () => {
    const broker = await aBroker();
    const { fleet } = aFleet(broker, { devices: 1 });
    await eventually(() => expect(presenceOf(broker, 'sim-0001')).toEqual(['online']));
    await fleet.stop();
    await fleet.stop();
    await eventually(() => expect(presenceOf(broker, 'sim-0001')).toEqual(['online', 'offline']));
    expect(broker.seen.filter(({ topic }) => topic.endsWith('/status')).every(({ retain }) => retain)).toBe(true);
  });

  test('leaves the will behind when its power fails, and comes back', async () => {
    const broker = await aBroker();
    // a day of simulated time in each real second, so that a reboot in twenty days comes soon
    const { fleet, devices } = aFleet(broker, { mishaps: true, speedUp: 86_400, span: '1800d' });
    await eventually(() => {
      const said = devices.map((device) => presenceOf(broker, device));
      expect(said.some((presence) => presence.join(' ').startsWith('online offline online'))).toBe(true);
    });
    expect(fleet.stats().devices).toBe(devices.length);
  });

  test('keeps trying, with growing patience, when it is refused', async () => {
    const broker = await aBroker();
    broker.accepts = false;
    const { fleet, log, devices } = aFleet(broker, { stopTimeout: '200ms' });
    await eventually(() => expect(fleet.stats().attempts).toBeGreaterThan(12));
    expect(fleet.stats()).toMatchObject({ connected: 0, acknowledged: 0 });
    expect(broker.connected).toEqual([]);
    const warned = log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => String(fields['device']));
    expect(warned.toSorted()).toEqual(devices);
    broker.accepts = true;
    await eventually(() => expect(fleet.stats().acknowledged).toBeGreaterThan(50));
  });

  test('reads its simulated clock: from the past up to now, and never ahead', async () => {
    const broker = await aBroker();
    const { devices } = aFleet(broker, { speedUp: 3_600, span: '1h', devices: 2 });
    const timesOf = (device: string): readonly number[] =>
      packetsOf(broker, device).flatMap((packet) => packet.map(({ time }) => time ?? 0));
    await eventually(() => {
      for (const device of devices) expect(timesOf(device).at(-1)).toBeGreaterThan(systemClock.now() - seconds(30).ms);
    });
    for (const device of devices) {
      const times = timesOf(device);
      expect(times[0]).toBeLessThan(systemClock.now() - minutes(30).ms);
      expect(times.at(-1)).toBeLessThanOrEqual(systemClock.now());
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  test('does not start in part: a device without a secret is named', async () => {
    const settings = SimSettings.parse({ devices: 3 });
    const secrets = new Map([['sim-0001', SECRET]]);
    const start = () => startFleet(settings, { clock: systemClock, log: silentLog(), secrets });
    expect(start).toThrow(Fault);
    expect(start).toThrow(/sim-0002/);
  });

  test('does not start in years that Klawing refuses', async () => {
    const settings = SimSettings.parse({ devices: 1, speedUp: 10, span: '9999d' });
    const secrets = new Map([['sim-0001', SECRET]]);
    expect(() => startFleet(settings, { clock: systemClock, log: silentLog(), secrets })).toThrow(/2020/);
  });
});
