import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { formatInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { runKlawing } from '#test/support/servers/klawing.ts';
import { compare, NO_DIFFERENCE, rowsOfApi, rowsOfDuckDb, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Sender, startSender } from '#test/support/clients/sender.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const STATION = 'PBG-A01';

const ENDED_WELL = { status: 0, signal: null };

const startLoad = async (service: Service): Promise<Sender> => {
  await service.ready();
  await service.addStation(STATION, 'air');
  const devices = new Map<string, string>();
  for (const device of ['load-1', 'load-2']) devices.set(device, await service.addDevice(device, STATION));
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 11 });
  await untilMore(sender);
  return sender;
};

const untilMore = (sender: Sender): Promise<void> => {
  const before = sender.acknowledged();
  return eventually(() => expect(sender.acknowledged()).toBeGreaterThan(before + 20));
};

const connect = async (service: Service, device: string, secret: string): Promise<MqttClient> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    username: device,
    password: secret,
    clientId: device,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
  });
  client.on('error', () => undefined);
  onTestFinished(() => client.endAsync(true));
  return client;
};

describe('SIGTERM under load', () => {
  test('ends up and what it started with status 0, and loses nothing that was acknowledged', async () => {
    const service = await testService();
    const sender = await startLoad(service);
    expect(await service.kill('up', 'SIGTERM')).toEqual(ENDED_WELL);
    service.start('up');
    await service.ready();
    await untilMore(sender);
    await sender.drain();
    expect((await untilProcessed(service)).balanced).toBe(true);
    expect(await service.kill('up', 'SIGTERM')).toEqual(ENDED_WELL);
    expect(compare(sender.sent, await rowsOfDuckDb(service.data))).toEqual(NO_DIFFERENCE);
  });

  test.for(['broker', 'ingest'] as const)('ends %s with status 0 while the other works on', async (part) => {
    const other = part === 'broker' ? 'ingest' : 'broker';
    const service = await testService({ parts: ['broker', 'ingest'] });
    const sender = await startLoad(service);
    expect(await service.kill(part, 'SIGTERM')).toEqual(ENDED_WELL);
    expect(service.running(other).isRunning()).toBe(true);
    if (part === 'ingest') await untilMore(sender);
    service.start(part);
    await service.ready();
    await sender.drain();
    expect((await untilProcessed(service)).balanced).toBe(true);
    expect(compare(sender.sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
    expect(await service.stop()).toEqual(
      new Map([
        ['ingest', ENDED_WELL],
        ['broker', ENDED_WELL],
      ]),
    );
  });
});

test('a part that is killed under up is started again, and the log names the signal', async () => {
  const service = await testService();
  const sender = await startLoad(service);
  for (const part of ['broker', 'ingest'] as const) {
    const pid = service.pidUnderUp(part) ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually(() => {
      expect(service.pidUnderUp(part)).toBeDefined();
      expect(service.pidUnderUp(part)).not.toBe(pid);
    });
    expect(service.running('up').err()).toContain(`"process":"${part}","status":null,"signal":"SIGKILL"`);
    await service.ready();
    await untilMore(sender);
  }
  await sender.drain();
  await untilProcessed(service);
  expect(compare(sender.sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('an up that is killed takes its parts with it, and the next goes on', async () => {
  const service = await testService();
  const sender = await startLoad(service);
  const parts = (['broker', 'ingest'] as const).map((part) => service.pidUnderUp(part) ?? 0);
  expect(parts.map(isAlive)).toEqual([true, true]);
  await service.kill('up', 'SIGKILL');
  await eventually(() => expect(parts.map(isAlive)).toEqual([false, false]));
  service.start('up');
  await service.ready();
  await untilMore(sender);
  await sender.drain();
  await untilProcessed(service);
  expect(compare(sender.sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
});

test('a mistake in a file that was edited meanwhile stops the part that reads it, and not the other', async () => {
  const rules = join(tempFolder(), 'rules.yaml');
  writeFileSync(rules, 'rules: []');
  const service = await testService({ config: `alerts: { rules: ${JSON.stringify(rules)} }` });
  const sender = await startLoad(service);
  const broker = service.pidUnderUp('broker');
  const worked = systemClock.monotonic() + 10_500;
  await eventually(() => expect(systemClock.monotonic()).toBeGreaterThan(worked));
  writeFileSync(rules, 'rules: [{ id: waspada, hold: soon }]');
  process.kill(service.pidUnderUp('ingest') ?? 0, 'SIGKILL');
  await eventually(() => expect(service.running('up').err()).toContain('"soon" is no span of time'));
  await untilMore(sender);
  expect(service.pidUnderUp('broker')).toBe(broker);
  writeFileSync(rules, 'rules: []');
  await service.ready();
  await sender.drain();
  expect((await untilProcessed(service)).balanced).toBe(true);
});

describe('a second one on the same data folder', () => {
  test('is refused with what to do, and the first works on', async () => {
    const service = await testService();
    await service.ready();
    const env = {
      KLAWING_DATA: service.data,
      KLAWING_MQTT_PORT: String(await freePort()),
      KLAWING_WS_PORT: String(await freePort()),
      KLAWING_HTTP_PORT: String(await freePort()),
    };
    const second = (verb: string) => runKlawing([verb], { env, folder: tempFolder() });
    expect(await second('broker')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^JOURNAL_LOCKED: another process writes this journal.*stop the broker that uses it/m),
    });
    expect(await second('ingest')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^DATA_LOCKED: another process uses this data folder.*stop the ingest that uses it/m),
    });
    await service.ready();
  });

  test('that is an up ends by itself with a status of its own', async () => {
    const service = await testService();
    await service.ready();
    const env = {
      KLAWING_DATA: service.data,
      KLAWING_MQTT_PORT: String(await freePort()),
      KLAWING_WS_PORT: String(await freePort()),
      KLAWING_HTTP_PORT: String(await freePort()),
    };
    const { status, err } = await runKlawing(['up'], { env, folder: tempFolder() });
    expect(status).toBe(1);
    expect(err).toMatch(/could not start; see its message above/);
    expect(err).toMatch(/stop the (broker|ingest) that uses it, or give this one another KLAWING_DATA/);
    await service.ready();
  });

  test('on the same ports names the port, and the setting to choose another', async () => {
    const service = await testService();
    await service.ready();
    const env = {
      KLAWING_DATA: tempFolder(),
      KLAWING_MQTT_PORT: String(service.ports.mqtt),
      KLAWING_WS_PORT: String(await freePort()),
      KLAWING_HTTP_PORT: String(await freePort()),
    };
    const { status, err } = await runKlawing(['broker'], { env, folder: tempFolder() });
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`PORT_IN_USE.*${service.ports.mqtt}.*KLAWING_MQTT_PORT`));
  });
});

test('ingest that starts before its broker waits for it', async () => {
  const service = await testService({ parts: ['ingest'] });
  await eventually(() => expect(service.running('ingest').err()).toMatch(/waiting for the broker/));
  service.start('broker');
  await service.ready();
});

describe('a device', () => {
  const started = async (): Promise<{ service: Service; secret: string }> => {
    const service = await testService();
    await service.ready();
    await service.addStation(STATION, 'air');
    return { service, secret: await service.addDevice('air-1', STATION) };
  };
  const Made = z.object({ secret: z.string() });

  test('that is revoked is disconnected at once and not admitted again', async () => {
    const { service, secret } = await started();
    const client = await connect(service, 'air-1', secret);
    const answer = await service.post('/v1/devices/air-1/revoke', {});
    expect(await answer.json()).toMatchObject({ device: 'air-1', connections: 1 });
    await eventually(() => expect(client.connected).toBe(false));
    await expect(connect(service, 'air-1', secret)).rejects.toThrow(/Bad username or password/);
  });

  test('whose secret is rotated is admitted with the new one and the one before, and not with an older one', async () => {
    const { service, secret: first } = await started();
    const rotate = async (): Promise<string> =>
      Made.parse(await (await service.post('/v1/devices/air-1/rotate', {})).json()).secret;
    const client = await connect(service, 'air-1', first);
    const second = await rotate();
    expect(client.connected).toBe(true);
    const payload = JSON.stringify({ time: formatInstant(systemClock.now()), values: { pm2_5: 1 } });
    await client.publishAsync('v1/air-1/readings', payload, { qos: 1 });
    await client.endAsync();
    await (await connect(service, 'air-1', first)).endAsync();
    await (await connect(service, 'air-1', second)).endAsync();
    const third = await rotate();
    await (await connect(service, 'air-1', third)).endAsync();
    await (await connect(service, 'air-1', second)).endAsync();
    await expect(connect(service, 'air-1', first)).rejects.toThrow(/Bad username or password/);
  });
});
