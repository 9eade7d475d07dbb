import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { authority } from '#test/support/servers/authority.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const connect = async ({ ports }: Service, name: string, password: string): Promise<MqttClient> => {
  const url = `mqtt://127.0.0.1:${ports.mqtt}`;
  const client = mqtt.connect(url, { username: name, password, clientId: name, reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.on('connect', () => resolve()).on('error', reject);
  await promise;
  return client;
};

const done = async (service: Service, ...args: readonly string[]): Promise<string> => {
  const outcome = await service.cli(...args);
  expect(outcome.status, outcome.err).toBe(0);
  return outcome.out;
};

const Code = z.object({ code: z.string() });
const Secret = z.object({ secret: z.string() });

test('a box gets its secret by its code, a network server speaks for its device, and both are shut out at once', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');

  const added = await done(service, 'device', 'add', 'box-1', '--station', 'ST1', '--claim', '--json');
  const { code } = Code.parse(JSON.parse(added));
  const claim = () =>
    fetch(`${service.url}/v1/claim`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  const claimed = z
    .object({ device: z.string(), secret: z.string(), mqtt: z.object({ port: z.number() }) })
    .parse(await (await claim()).json());
  expect(claimed).toMatchObject({ device: 'box-1', mqtt: { port: service.ports.mqtt } });
  expect((await claim()).status).toBe(403);

  const box = await connect(service, 'box-1', claimed.secret);
  await box.publishAsync('v1/box-1/readings', '{"stage":2.5}', { qos: 1 });
  expect((await service.post('/v1/devices/box-1/revoke', {})).status).toBe(200);
  await eventually(() => expect(box.connected).toBe(false));

  await done(service, 'device', 'add', 'far-1', '--station', 'ST1', '--external-id', '70B3D57ED0051A03');
  const gateway = await done(
    ...([service, 'gateway', 'add', 'ns-1', '--kind', 'chirpstack', '--devices', 'far-1', '--json'] as const),
  );
  const server = await connect(service, 'ns-1', Secret.parse(JSON.parse(gateway)).secret);
  const topic = 'application/17c82e96-0000-4000-8000-000000000002/device/70b3d57ed0051a03/event/up';
  const uplink = {
    time: formatInstant(systemClock.now() - minutes(1).ms),
    object: { stage: 1.25 },
    rxInfo: [{ rssi: -112, snr: -4.2 }],
  };
  await server.publishAsync(topic, JSON.stringify(uplink), { qos: 1 });
  await eventually(async () => expect(await (await service.get('/v1/stations/ST1')).text()).toMatch(/-4\.2/));
  expect(await done(service, 'gateway', 'list')).toContain('far-1');
  await done(service, 'gateway', 'revoke', 'ns-1');
  await eventually(() => expect(server.connected).toBe(false));
});

test('a list of devices is imported line by line, and shown as labels', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  await service.addDevice('known-1', 'ST1');
  const file = join(tempFolder(), 'devices.csv');
  const text =
    'id,station,codec,every,silent_after,external_id\nnew-1,ST1,,60s,6h,70b3d57ed0051a03\nknown-1,ST1,,,,\n\nBad Name,ST1,,,,\nlost-1,ST9,,,,\n';
  writeFileSync(file, text);
  const tried = await service.cli('device', 'import', file, '--dry-run');
  expect(tried.status).toBe(1);
  expect(tried.out).toContain('1 created, 0 updated, 1 unchanged, 2 refused');
  expect(await done(service, 'device', 'list')).not.toContain('new-1');

  const imported = await service.cli('device', 'import', file, '--claim');
  expect(imported.out).toMatch(
    /5 +Bad Name +refused +"id": a device is named .*; given was "Bad Name"\n +6 +lost-1 +refused .*ST9.*station add/,
  );
  const kept = `${file}.secrets`;
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  const code = /^new-1,(\S+)$/m.exec(readFileSync(kept, 'utf8'))?.[1] ?? '';
  expect(imported.out).not.toContain(code);
  expect(await done(service, 'device', 'show', 'new-1')).toMatch(/silent_after +6h[^]*70b3d57ed0051a03/);
  expect((await service.cli('device', 'import', file, '--claim')).err).toMatch(
    /devices\.csv\.secrets exists already .*--secrets/,
  );
  const again = await service.cli('device', 'import', file, '--secrets', `${file}.more`, '--json');
  expect(JSON.parse(again.out)).toContainEqual({ line: 2, id: 'new-1', outcome: 'unchanged' });
  expect(existsSync(`${file}.more`), 'nothing was told').toBe(false);
  writeFileSync(file, 'id,station\n');
  expect((await service.cli('device', 'import', file)).err).toMatch(
    /names no device: the first line names the columns/,
  );

  const label = await done(service, 'device', 'label', 'new-1', '--code', code, '--host', 'klawing.example.go.id');
  expect(label).toContain(`klawing:claim?device=new-1&code=${code}&host=klawing.example.go.id`);
  const svg = join(tempFolder(), 'label.svg');
  await done(service, 'device', 'label', 'new-1', '--svg', svg);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg/);
});

test('a file of few columns changes these of a known device alone, and says old and new before and after', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  const fields = { jarak: { property: 'distance' } };
  const added = await service.post('/v1/devices', { id: 'box-1', station: 'ST1', codec: 'lpp', every: '5m', fields });
  expect(added.status).toBe(201);
  const before = await done(service, 'device', 'show', 'box-1', '--json');
  const file = join(tempFolder(), 'devices.csv');

  writeFileSync(file, 'id,station\nbox-1,ST1\n');
  expect(await done(service, 'device', 'import', file)).toContain('0 created, 0 updated, 1 unchanged, 0 refused');
  expect(await done(service, 'device', 'show', 'box-1', '--json')).toBe(before);

  writeFileSync(file, 'id,every,silent_after\nbox-1,1m,6h\n');
  const told = /2 +box-1 +updated +every 5m → 1m, silent_after none → 6h\n/;
  expect(await done(service, 'device', 'import', file, '--dry-run')).toMatch(told);
  expect(await done(service, 'device', 'show', 'box-1', '--json')).toBe(before);
  expect(await done(service, 'device', 'import', file)).toMatch(told);
  const changed = { every: '1m', silent_after: '6h', codec: 'lpp', fields };
  expect(JSON.parse(await done(service, 'device', 'show', 'box-1', '--json'))).toMatchObject(changed);
});

test('a hangup signal makes the broker read the files of TLS again, and ends nothing', async () => {
  const { cert, key } = authority('klawing').issue('/CN=localhost');
  const env = { KLAWING_TLS_CERT: cert, KLAWING_TLS_KEY: key };
  const service = await testService({ parts: ['broker'], env, config: 'broker:\n  tlsPort: 0\n  wssPort: 0\n' });
  const broker = service.running('broker');
  await eventually(() => expect(broker.err()).toContain('broker ready'));
  broker.signal('SIGHUP');
  await eventually(() => expect(broker.err()).toContain('TLS files reloaded'));
  expect(broker.isRunning()).toBe(true);
});
