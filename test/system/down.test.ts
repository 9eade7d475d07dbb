import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { rosterOf, startFleet } from '#firmware-sim/fleet.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { CommandDocument, ConfigDocument } from '#api/commands/schema.ts';
import { systemClock } from '#model/base/clock.ts';
import { Secret } from '#model/base/secret.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const DEVICE = 'sim-0001';

/** The service, and the registration of the one device of the simulator's smallest fleet. */
const aService = async (): Promise<{ service: Service; wake: () => { stop(): Promise<void>; made(): number } }> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  const settings = SimSettings.parse({
    url: `mqtt://127.0.0.1:${service.ports.mqtt}`,
    devices: 1,
    interval: '60s',
    mishaps: false,
    startWithin: '1ms',
    stopTimeout: '2s',
  });
  const { stations } = rosterOf(settings);
  const [station] = stations;
  await service.addStation(station?.id ?? '', station?.family ?? '');
  const secret = new Secret(await service.addDevice(DEVICE, station?.id ?? ''));
  const wake = () => {
    const secrets = new Map([[DEVICE, secret]]);
    const fleet = startFleet(settings, { clock: systemClock, log: silentLog(), secrets });
    onTestFinished(() => fleet.stop());
    return { stop: () => fleet.stop(), made: () => fleet.stats().made };
  };
  return { service, wake };
};

const present = (service: Service) =>
  eventually(async () => {
    const { stations } = z
      .object({ stations: z.array(z.object({ devices: z.array(z.looseObject({ presence: z.unknown() })) })) })
      .parse(await (await service.get('/v1/stations')).json());
    expect(JSON.stringify(stations)).toContain('"online"');
  });

const give = async (service: Service, body: object) =>
  CommandDocument.parse(await (await service.post(`/v1/devices/${DEVICE}/commands`, body)).json());

const until = (service: Service, id: string, state: string) =>
  eventually(async () => {
    const found = CommandDocument.parse(await (await service.get(`/v1/devices/${DEVICE}/commands/${id}`)).json());
    expect(found).toMatchObject({ state });
    return found;
  });

describe('down to a device of the simulator', () => {
  test('gets its interval and a reboot with both answers, and the history names the person', async () => {
    const { service, wake } = await aService();
    const device = wake();
    await present(service);
    const before = device.made();
    const set = await service.cli(
      'device',
      'config',
      DEVICE,
      '--set',
      'interval=1s',
      '--set',
      'gain=2',
      '--by',
      'Sari',
    );
    expect(set).toMatchObject({ status: 0 });
    await eventually(() => expect(device.made()).toBeGreaterThan(before + 3));
    const config = ConfigDocument.parse(await (await service.get(`/v1/devices/${DEVICE}/config`)).json());
    expect(config).toMatchObject({ revision: 1, config: { interval: '1s', settings: { gain: 2 } } });
    expect(await (await service.get('/v1/devices')).text()).toContain('"every":"1s"');

    const reboot = await service.cli('device', 'command', DEVICE, 'reboot', '--wait', '30s', '--by', 'Budi');
    expect(reboot).toMatchObject({ status: 0 });
    expect(reboot.out).toMatch(/answered \{"ok":true\}/);
    const unknown = await service.cli('device', 'command', DEVICE, 'dance', '--wait', '30s');
    expect(unknown).toMatchObject({ status: 1 });
    expect(unknown.out).toMatch(/failed .*does not know/);
    const history = await service.cli('device', 'history', DEVICE);
    for (const part of ['Sari', 'Budi', 'reboot', 'dance', 'interval=1s', 'revision 1'])
      expect(history.out).toContain(part);
  });

  test('waits for one that sleeps, over a restart of the broker, and is answered once', async () => {
    const { service, wake } = await aService();
    const first = wake();
    await present(service);
    const ready = await give(service, { name: 'report' });
    await until(service, ready.id, 'answered');
    await first.stop();

    const asleep = await give(service, { name: 'report', within: '1h' });
    await until(service, asleep.id, 'sent');
    await service.kill('broker', 'SIGKILL');
    service.start('broker');
    await service.ready();
    const second = wake();
    const { reply } = await until(service, asleep.id, 'answered');
    expect(reply).toEqual({ ok: true });
    // one reading as it was switched on, and one for the command
    expect(second.made()).toBe(2);
  });

  test('is not done late: it expires, and is taken from the session', async () => {
    const { service, wake } = await aService();
    const first = wake();
    await present(service);
    await until(service, (await give(service, { name: 'report' })).id, 'answered');
    await first.stop();
    const late = await give(service, { name: 'report', within: '1s' });
    await until(service, late.id, 'expired');
    await eventually(async () => {
      const socket = await service.get('/metrics');
      expect(socket.status).toBe(200);
    });
    const second = wake();
    await until(service, (await give(service, { name: 'report' })).id, 'answered');
    const { reply } = await until(service, late.id, 'expired');
    expect(reply).toBeNull();
    expect(second.made()).toBe(2);
  });

  test('is sent again when the broker has lost its sessions', async () => {
    const { service, wake } = await aService();
    const first = wake();
    await present(service);
    await first.stop();
    await service.cli('device', 'config', DEVICE, '--set', 'interval=1s');
    const lost = await give(service, { name: 'report', within: '1h' });
    await until(service, lost.id, 'sent');
    await service.kill('broker', 'SIGKILL');
    rmSync(join(service.data, 'sessions'), { recursive: true, force: true });
    service.start('broker');
    await service.ready();
    const second = wake();
    await until(service, lost.id, 'answered');
    await eventually(() => expect(second.made()).toBeGreaterThan(4));
  });
});
