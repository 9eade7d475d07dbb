import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { openPaths } from '#test/support/processes/open-paths.ts';
import {
  compare,
  NO_DIFFERENCE,
  type Row,
  rowsOfDuckDb,
  rowsOfInflux,
  untilProcessed,
} from '#test/support/oracles/oracle.ts';
import { type Sent, type Sender, startSender } from '#test/support/clients/sender.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const STATION = 'PBG-A01';

/** Devices that send as fast as they may. */
const load = async (service: Service, names: readonly string[]): Promise<Sender> => {
  await service.addStation(STATION, 'air');
  const devices = new Map<string, string>();
  for (const name of names) devices.set(name, await service.addDevice(name, STATION));
  return startSender({ port: service.ports.mqtt, devices, seed: 11 });
};

/** Messages that are acknowledged by now. */
const acknowledgedOf = (sender: Sender): readonly Sent[] =>
  sender.sent.filter(({ isAcknowledged }) => isAcknowledged).map(({ message }) => ({ message, isAcknowledged: true }));

const endAtOnce = async (service: Service): Promise<void> => {
  for (const part of ['ingest', 'broker'] as const) await service.kill(part, 'SIGKILL');
};

const untilAcknowledged = (sender: Sender, more: number): Promise<void> => {
  const enough = sender.acknowledged() + more;
  return eventually(() => expect(sender.acknowledged()).toBeGreaterThan(enough));
};

const textOf = (device: string, property: string, time: number, value: number): string =>
  `${device} ${property} ${time} ${value}`;

/** All that was acknowledged before is there, once; a value may be that of a revision which was sent a moment later. */
const expectAllOf = (before: readonly Sent[], rows: readonly Row[], ...senders: readonly Sender[]): void => {
  expect(compare(before, rows)).toMatchObject({ missing: [], twice: [] });
  const sent = new Set(
    senders
      .flatMap((sender) => sender.sent)
      .flatMap(({ message: { device, readings } }) =>
        readings.map(({ property, time, value }) => textOf(device, property, time, value)),
      ),
  );
  const foreign = rows.filter(({ device, property, time, value }) => !sent.has(textOf(device, property, time, value)));
  expect(foreign).toEqual([]);
};

const PARTS = ['broker', 'ingest'] as const;

describe('a backup of a running system', () => {
  test('holds everything that was acknowledged before it, and goes on as a system of its own', async () => {
    const original = await testService({ parts: PARTS });
    await original.ready();
    const sender = await load(original, ['load-1', 'load-2', 'load-3']);
    await untilAcknowledged(sender, 300);
    const before = acknowledgedOf(sender);
    const folder = join(tempFolder(), 'backup');
    const made = await original.cli('backup', folder);
    expect(made, made.err).toMatchObject({ status: 0 });
    await untilAcknowledged(sender, 100);
    sender.stop();
    await endAtOnce(original);

    expect(openPaths(folder)).toEqual([]);
    expect(existsSync(join(folder, 'demo-secrets.json')), 'of a secret that there is not').toBe(false);

    const restored = await testService({ parts: [] });
    const outcome = await restored.cli('restore', folder);
    expect(outcome, outcome.err).toMatchObject({ status: 0 });
    expect(readFileSync(join(restored.data, 'operator.token'))).toEqual(
      readFileSync(join(original.data, 'operator.token')),
    );
    expect(outcome.out, 'all of it is of this version').not.toContain('has schema');
    expect(openPaths(restored.data)).toEqual([]);
    for (const part of PARTS) restored.start(part);
    await restored.ready();
    expect((await untilProcessed(restored)).balanced).toBe(true);
    expect((await restored.cli('ledger', '--verify')).status).toBe(0);

    // it takes in new readings, under numbers that the original never gave out
    const later = startSender({
      port: restored.ports.mqtt,
      devices: new Map([['load-9', await restored.addDevice('load-9', STATION)]]),
      seed: 12,
    });
    await untilAcknowledged(later, 50);
    await later.drain();
    expect((await untilProcessed(restored)).balanced).toBe(true);
    expect((await restored.cli('ledger', '--verify')).status).toBe(0);
    await restored.stop();
    const rows = await rowsOfDuckDb(restored.data);
    expectAllOf([...before, ...acknowledgedOf(later)], rows, sender, later);
  });

  test('is refused where the folder is there, lies in the data folder or is damaged afterwards', async () => {
    const service = await testService({ parts: PARTS });
    await service.ready();
    const folder = join(tempFolder(), 'backup');
    expect((await service.post('/v1/backup', { folder: 'relative' })).status).toBe(200);
    expect(await (await service.post('/v1/backup', { folder: 'relative' })).text()).toContain('REQUEST_INVALID');
    expect(await (await service.post('/v1/backup', { folder: join(service.data, 'x') })).text()).toContain(
      'REQUEST_INVALID',
    );
    const forwarded = await fetch(`${service.url}/v1/backup`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.operatorToken()}`,
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.9',
      },
      body: JSON.stringify({ folder }),
    });
    expect(forwarded.status).toBe(401);
    expect(existsSync(folder)).toBe(false);
    expect((await service.cli('backup', folder)).status).toBe(0);
    expect(await service.cli('backup', folder)).toMatchObject({ status: 1, err: expect.stringContaining('CONFLICT') });
    expect(await service.cli('restore', folder)).toMatchObject({ status: 1, err: expect.stringContaining('CONFLICT') });

    writeFileSync(join(folder, 'secret.key'), 'another');
    const other = await testService({ parts: [] });
    expect(await other.cli('restore', folder)).toMatchObject({
      status: 1,
      err: expect.stringContaining('BACKUP_DAMAGED'),
    });
    expect(existsSync(join(other.data, 'journal'))).toBe(false);
  });

  test('is refused where there is nothing to copy', async () => {
    const nothing = await testService({ parts: [] });
    const folder = join(tempFolder(), 'backup');
    const { status, err } = await nothing.cli('backup', folder);
    expect(status).toBe(1);
    expect(err).toContain('holds no journal');
    expect([existsSync(folder), existsSync(nothing.data)]).toEqual([false, false]);
  });

  test('can be made and restored while nothing runs', async () => {
    const service = await testService({ parts: PARTS });
    await service.ready();
    const sender = await load(service, ['load-1']);
    await untilAcknowledged(sender, 60);
    await sender.drain();
    await untilProcessed(service);
    sender.stop();
    await service.stop();
    const folder = join(tempFolder(), 'backup');
    const made = await service.cli('backup', folder, '--json');
    expect(made, made.err).toMatchObject({ status: 0 });
    const restored = await testService({ parts: [] });
    expect((await restored.cli('restore', folder)).status).toBe(0);
    expect((await restored.cli('ledger', '--verify')).status).toBe(0);
    expect((await restored.cli('doctor')).out).toMatch(/^ok +reader storing +\d{1,2} (entry|entries) behind/m);
    expect(compare(sender.sent, await rowsOfDuckDb(restored.data))).toEqual(NO_DIFFERENCE);
  });
});

describe.runIf(hasInfluxd)('a backup beside an InfluxDB that goes on', () => {
  test('holds everything that was acknowledged before it, and the store more', async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.kill());
    const where = {
      config: 'store: { kind: influx, timeout: 5s }\n',
      env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write', KLAWING_INFLUX_BUCKET: 'klawing' },
    };
    const original = await testService({ ...where, parts: PARTS });
    await original.ready();
    const sender = await load(original, ['load-1', 'load-2']);
    await untilAcknowledged(sender, 200);
    const before = acknowledgedOf(sender);
    const folder = join(tempFolder(), 'backup');
    expect((await original.cli('backup', folder)).status).toBe(0);
    await untilAcknowledged(sender, 20);
    await sender.drain();
    await untilProcessed(original);
    sender.stop();
    await endAtOnce(original);

    const restored = await testService({ ...where, parts: [] });
    expect((await restored.cli('restore', folder)).status).toBe(0);
    for (const part of PARTS) restored.start(part);
    await restored.ready();
    expect((await untilProcessed(restored)).balanced).toBe(true);
    const verified = await restored.cli('ledger', '--verify', '--json');
    // readings that were acknowledged after the backup are in the store, and the ledger does not know them
    expect(verified.status).toBe(1);
    const { mismatches } = JSON.parse(verified.out).verification;
    for (const { expected, found } of mismatches) expect(found).toBeGreaterThan(expected);
    expectAllOf(before, await rowsOfInflux(influx.url, 'klawing', 'air'), sender);
  });
});
