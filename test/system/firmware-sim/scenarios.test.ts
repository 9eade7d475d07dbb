import { describe, expect, onTestFinished, test } from 'vitest';
import { rosterOf, startFleet } from '#firmware-sim/fleet.ts';
import { SCENARIOS } from '#firmware-sim/scenarios/index.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { type Clock, systemClock } from '#model/base/clock.ts';
import { Secret } from '#model/base/secret.ts';
import { eventually } from '#test/support/eventually.ts';
import { runKlawing } from '#test/support/servers/klawing.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { idsOf, packetsOf, plainBroker, presenceOf } from './plain-broker.ts';

/** The outage that comes after a minute comes after two seconds, and lasts four. */
const HASTE = 30;
const hastyClock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * HASTE };

describe('an outage', () => {
  test('cuts a third of a fleet off, whose devices read on and deliver their backlog in arrays', async () => {
    const broker = plainBroker();
    await broker.start();
    onTestFinished(() => broker.stop());
    const settings = SimSettings.parse({
      url: broker.url,
      scenarios: ['outage'],
      devices: 6,
      interval: '20ms',
      mishaps: false,
      startWithin: '100ms',
    });
    const devices = rosterOf(settings).devices.map(({ id }) => id);
    const secrets = new Map(devices.map((id) => [id, new Secret('a-secret-of-a-device')]));
    const fleet = startFleet(settings, { clock: hastyClock, log: silentLog(), secrets });
    onTestFinished(() => fleet.stop());

    await eventually(() => expect(fleet.stats().connected).toBe(6));
    await eventually(() => expect(fleet.stats().connected).toBe(4));
    await eventually(() => expect(fleet.stats().buffered).toBeGreaterThan(100));
    await eventually(() => expect(fleet.stats().connected).toBe(6));
    await eventually(() => expect(fleet.stats().buffered).toBeLessThan(12));
    await fleet.stop();

    const { made, acknowledged } = fleet.stats();
    expect(acknowledged).toBe(made);
    expect(devices.flatMap((device) => idsOf(broker, device))).toHaveLength(made);
    // numbers 2 and 5 of the fleet with seed 1
    for (const [number, device] of devices.entries()) {
      const wasCutOff = number % 3 === 2;
      expect(
        presenceOf(broker, device).includes('offline') && packetsOf(broker, device).some((p) => p.length > 10),
      ).toBe(wasCutOff);
    }
  });
});

describe('klawing sim', () => {
  test('names every scenario in its help', async () => {
    const { status, out } = await runKlawing(['sim', '--help'], { folder: tempFolder() });
    expect(status).toBe(0);
    for (const { name, summary } of SCENARIOS) expect(out).toMatch(new RegExp(`${name} +${summary}`));
  });

  test('refuses a scenario that it does not know, and says which it does', async () => {
    const args = ['sim', '--scenario', 'flood', '--scenario', 'drought'];
    const { status, err } = await runKlawing(args, { folder: tempFolder() });
    expect(err).toMatch(/drought.*demo-storm, flood, outage/);
    expect(status).toBe(2);
  });
});
