import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { authority } from '#test/support/servers/authority.ts';
import { eventually } from '#test/support/eventually.ts';
import { flip } from '#test/support/builders/journals.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { connectPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { startSender } from '#test/support/clients/sender.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { environmentFor, hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { openPaths } from '#test/support/processes/open-paths.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const Answer = z.object({
  well: z.boolean(),
  findings: z.array(z.object({ check: z.string(), state: z.string(), found: z.string(), todo: z.string().optional() })),
});

const examine = async (service: Service) => {
  const { status, out, err } = await service.cli('doctor', '--json');
  const { well, findings } = Answer.parse(JSON.parse(out === '' ? err : out));
  expect(status).toBe(well ? 0 : 1);
  const by = new Map(findings.map((finding) => [finding.check, finding]));
  return { well, by, failing: findings.filter(({ state }) => state === 'failed') };
};

const withEntries = async (): Promise<Service> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const devices = new Map([['load-1', await service.addDevice('load-1', 'PBG-A01')]]);
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 3 });
  await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(50));
  await sender.drain();
  await untilProcessed(service);
  sender.stop();
  return service;
};

test('doctor finds nothing wrong with what runs and with what rests, and names what is wrong', async () => {
  const service = await withEntries();
  const running = await examine(service);
  expect(running.failing).toEqual([]);
  expect(running.by.get(`port ${service.ports.mqtt} (MQTT)`)?.found).toBe('held by Klawing');
  expect(running.by.get('store')?.state).toBe('ok');
  expect(running.by.get('reader storing')?.state).toBe('ok');
  expect(running.by.has('MQTT versions')).toBe(false);
  const other = rawMqtt(service.ports.mqtt);
  other.send(connectPacket({ clientId: 'load-1', protocolVersion: 5 }));
  await other.closed();
  const asked = (await examine(service)).by.get('MQTT versions');
  expect(asked).toMatchObject({ state: 'warning', found: expect.stringContaining('1 connection used another') });
  await service.kill('broker', 'SIGTERM');
  const halved = await examine(service);
  expect(halved.failing.map(({ check }) => check)).toContain('accepting: broker');
  await service.stop();

  const resting = await examine(service);
  expect(resting.failing).toEqual([]);
  expect(resting.by.get('journal')?.found).toMatch(/^\d\d+ entries, 1 to \d+$/);

  expect(resting.by.get('data folder')?.state).toBe('ok');
  expect(resting.by.has('data files'), 'what the program makes is its owner’s alone').toBe(false);
  expect(openPaths(service.data)).toEqual([]);
  chmodSync(service.data, 0o755);
  chmodSync(join(service.data, 'operations.db'), 0o644);
  const opened = (await examine(service)).by;
  expect(opened.get('data folder')).toMatchObject({ state: 'warning', todo: `chmod 700 ${service.data}` });
  expect(opened.get('data files')).toMatchObject({
    state: 'warning',
    todo: `chmod -R go= ${service.data}`,
    found: expect.stringContaining('operations.db (mode 644)'),
  });

  // another program on a port, a secret that others may read, a flipped byte, a newer schema
  const intruder = createServer().listen(service.ports.mqtt, '127.0.0.1');
  onTestFinished(() => void intruder.close());
  chmodSync(join(service.data, 'secret.key'), 0o644);
  const journal = join(service.data, 'journal');
  flip(join(journal, readdirSync(journal).find((name) => name.endsWith('.seg')) ?? ''), 500);
  const database = new DatabaseSync(join(service.data, 'operations.db'));
  database.exec('PRAGMA user_version = 9999');
  database.close();
  const { failing } = await examine(service);
  expect(failing.map(({ check }) => check)).toEqual([
    'secrets: secret.key',
    `port ${service.ports.mqtt} (MQTT)`,
    'journal',
    'operations',
  ]);
  for (const { todo } of failing) expect(todo).toBeTruthy();
});

test('doctor names cursors that belong to another journal, certificates at their end, and a wrong setting', async () => {
  const service = await withEntries();
  await service.stop();
  const other = await testService({ parts: ['broker', 'ingest'] });
  await other.ready();
  await other.stop();
  rmSync(join(service.data, 'journal'), { recursive: true });
  cpSync(join(other.data, 'journal'), join(service.data, 'journal'), { recursive: true });
  const mixed = await examine(service);
  expect(mixed.failing.map(({ check }) => check)).toEqual(['reader alerting', 'reader storing']);

  const made = authority('devices');
  for (const [options, state] of [
    [{ isExpired: true }, 'failed'],
    [{}, 'warning'],
  ] as const) {
    const { cert, key } = made.issue('/CN=klawing', options);
    const secured = await testService({ parts: [], env: { KLAWING_TLS_CERT: cert, KLAWING_TLS_KEY: key } });
    await secured.cli('station', 'list');
    expect((await examine(secured)).by.get('certificate')).toMatchObject({ state, todo: expect.any(String) });
  }

  const wrong = await testService({ parts: [], env: { KLAWING_MQTT_PORT: 'many' } });
  const { failing } = await examine(wrong);
  expect(failing).toMatchObject([{ check: 'settings', found: expect.stringContaining('KLAWING_MQTT_PORT') }]);
});

test.runIf(hasInfluxd)(
  'doctor and the start tell why InfluxDB would take no reading, before there is one',
  async () => {
    const influx = await startInfluxd(tempFolder(), true);
    onTestFinished(() => influx.kill());
    const q = "CREATE USER admin WITH PASSWORD 'admin-password' WITH ALL PRIVILEGES";
    await fetch(`${influx.url}/query?${new URLSearchParams({ q })}`, { method: 'POST' });
    const env = { ...environmentFor(await influx.place('udara')), KLAWING_INFLUX_USER: 'admin' };
    const wrong = { ...env, KLAWING_INFLUX_PASSWORD: 'wrong' };
    const service = await testService({ parts: ['broker', 'ingest'], env: wrong });
    const remedy = 'store.user and store.password are not those of the account';
    await eventually(() => {
      expect(service.running('ingest').err()).toContain('store not ready');
      expect(service.running('ingest').err()).toContain(remedy);
    });
    const told = { state: 'failed', found: expect.stringContaining(remedy) };
    await eventually(async () => expect((await examine(service)).by.get('store')).toMatchObject(told));
    await service.stop();
    expect((await examine(service)).by.get('store')).toMatchObject(told);

    const right = await testService({ parts: [], env: { ...env, KLAWING_INFLUX_PASSWORD: 'admin-password' } });
    await right.cli('station', 'list');
    const found = { state: 'ok', found: 'influx answers; the first start creates the database' };
    expect((await examine(right)).by.get('store')).toMatchObject(found);
    const shown = await fetch(
      `${influx.url}/query?${new URLSearchParams({ q: 'SHOW DATABASES', u: 'admin', p: 'admin-password' })}`,
    );
    expect(await shown.text()).not.toContain('udara');
  },
);
