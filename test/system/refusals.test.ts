import mqtt, { type MqttClient } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { formatInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { rowsOfApi } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const Fleet = z.object({
  devices: z.array(z.object({ id: z.string(), mqtt_refused_level: z.int().optional() })),
});

const now = (): string => formatInstant(systemClock.now());

interface Refusal {
  readonly what: string;
  readonly payload: () => string;
  readonly code: string;
  readonly place: string;
  /** Expected content of the detail: the finding, and the advice. */
  readonly found: RegExp;
  readonly cure: RegExp;
  /** Values of the same packet that are stored nevertheless. */
  readonly stored: number;
}

const QUARANTINED: readonly Refusal[] = [
  {
    what: 'JSON that is cut off',
    payload: () => '{"values":{"pm2_5":38.5',
    code: 'PAYLOAD_CUT',
    place: '',
    found: /it ends with ".*38\.5"/,
    cure: /enlarge the buffer of the sender/,
    stored: 0,
  },
  {
    what: 'an unknown property',
    payload: () => JSON.stringify({ time: now(), values: { pm25: 38.5, pm10: 61 } }),
    code: 'PROPERTY_UNKNOWN',
    place: '/values/pm25',
    found: /"pm25" at station PBG-A01 \(air\)/,
    cure: /known are .*pm2_5.*send one of these names, or register a field mapping/,
    stored: 1,
  },
  {
    what: 'a number as text with a comma',
    payload: () => JSON.stringify([{ time: now(), pm2_5: '38,5', pm10: 61 }]),
    code: 'VALUE_NOT_A_NUMBER',
    place: '/0/pm2_5',
    found: /"pm2_5" is "38,5"/,
    cure: /send the bare number 38\.5, or register the device with a decimal comma/,
    stored: 1,
  },
  {
    what: 'a time in 2015',
    payload: () => JSON.stringify({ time: 1_420_070_400, values: { pm2_5: 38.5 } }),
    code: 'TIME_BEFORE_2020',
    place: '/values',
    found: /2015-01-01T00:00:00\.000Z/,
    cure: /set the clock of the device/,
    stored: 0,
  },
];

const Quarantine = z.object({
  packets: z.array(
    z.object({
      id: z.number(),
      state: z.string(),
      parts: z.array(z.object({ place: z.string(), code: z.string(), title: z.string(), detail: z.string() })),
    }),
  ),
});

interface World {
  readonly service: Service;
  readonly secrets: ReadonlyMap<string, string>;
  /** A device that is served all the while, and whether it still is. */
  readonly isOtherServed: () => Promise<void>;
  readonly pids: () => readonly (number | undefined)[];
}

const startWorld = async (): Promise<World> => {
  const service = await testService();
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const secrets = new Map<string, string>();
  for (const id of ['bad-1', 'good-1']) secrets.set(id, await service.addDevice(id, 'PBG-A01'));
  const good = await connect(service, 'good-1', secrets.get('good-1') ?? '');
  const pids = () => [service.pidUnderUp('broker'), service.pidUnderUp('ingest')];
  const isOtherServed = async (): Promise<void> => {
    await good.publishAsync('v1/good-1/readings', JSON.stringify({ time: now(), values: { pm1: 5 } }), { qos: 1 });
  };
  return { service, secrets, isOtherServed, pids };
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

const quarantine = async (service: Service): Promise<z.infer<typeof Quarantine>['packets']> =>
  Quarantine.parse(await (await service.get('/v1/quarantine?device=bad-1')).json()).packets;

const metric = async (service: Service, name: string): Promise<number> => {
  const text = await (await service.get('/metrics')).text();
  const line = text.split('\n').find((one) => one.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
};

test('a packet that cannot be believed is acknowledged and quarantined, saying what was wrong and what to do', async () => {
  const { service, secrets, isOtherServed, pids } = await startWorld();
  const before = pids();
  const bad = await connect(service, 'bad-1', secrets.get('bad-1') ?? '');
  for (const [index, { payload, code, place, found, cure, stored }] of QUARANTINED.entries()) {
    const rows = (await rowsOfApi(service, 'PBG-A01')).filter(({ device }) => device === 'bad-1').length;
    await bad.publishAsync('v1/bad-1/readings', payload(), { qos: 1 });
    const packets = await eventually(async () => {
      const all = await quarantine(service);
      expect(all).toHaveLength(index + 1);
      return all;
    });
    expect(packets[0]?.parts).toEqual([
      { code, place, title: expect.any(String), detail: expect.stringMatching(found) },
    ]);
    expect(packets[0]?.parts[0]?.detail).toMatch(cure);
    await isOtherServed();
    const after = (await rowsOfApi(service, 'PBG-A01')).filter(({ device }) => device === 'bad-1').length;
    expect(after - rows).toBe(stored);
  }
  expect(pids()).toEqual(before);
});

test('the bytes of a quarantined packet are kept unchanged', async () => {
  const { service, secrets } = await startWorld();
  const bad = await connect(service, 'bad-1', secrets.get('bad-1') ?? '');
  const bytes = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x0a]);
  await bad.publishAsync('v1/bad-1/readings', bytes, { qos: 1 });
  const [packet] = await eventually(async () => {
    const all = await quarantine(service);
    expect(all).toHaveLength(1);
    return all;
  });
  const shown = await (await service.get(`/v1/quarantine/${packet?.id}`)).json();
  expect(shown).toMatchObject({ hex: bytes.toString('hex'), text: null, bytes: bytes.length });
});

describe('a sender', () => {
  test('with a wrong secret is refused by MQTT (CONNACK 4) and by HTTP with a problem document', async () => {
    const { service, isOtherServed, pids } = await startWorld();
    const before = pids();
    for (const username of ['bad-1', 'nobody-1']) {
      const raw = rawMqtt(service.ports.mqtt);
      raw.send(connectPacket({ clientId: username, username, password: 'wrong-secret-of-bad-1' }));
      expect(await raw.expect('connack')).toMatchObject([{ returnCode: 4 }]);
      await raw.closed();
      const answer = await fetch(`${service.url}/v1/devices/${username}/readings`, {
        method: 'POST',
        headers: { authorization: 'Bearer wrong-secret-of-bad-1', 'content-type': 'application/json' },
        body: '{"pm2_5":1}',
      });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        code: 'CREDENTIALS_REFUSED',
        detail: expect.stringContaining('Authorization: Bearer <secret of the device>'),
      });
    }
    await isOtherServed();
    expect(pids()).toEqual(before);
  });

  test('with MQTT 5 is refused, and the fleet says so until it connects with MQTT 3.1.1', async () => {
    const { service, secrets } = await startWorld();
    const login = { clientId: 'bad-1', username: 'bad-1', password: secrets.get('bad-1') ?? '' };
    const asked = async (): Promise<unknown> => {
      const { devices } = Fleet.parse(await (await service.get('/v1/fleet')).json());
      return devices.find(({ id }) => id === 'bad-1')?.mqtt_refused_level;
    };
    const raw = rawMqtt(service.ports.mqtt);
    raw.send(connectPacket({ ...login, protocolVersion: 5 }));
    expect(await raw.expect('connack')).toMatchObject([{ returnCode: 1 }]);
    await eventually(async () => expect(await asked()).toBe(5));
    const supported = rawMqtt(service.ports.mqtt);
    supported.send(connectPacket(login));
    await supported.expect('connack');
    await eventually(async () => expect(await asked()).toBeUndefined());
  });

  test("on another device's topic is cut, and nothing of it is stored; the log and a counter tell", async () => {
    const { service, secrets, isOtherServed, pids } = await startWorld();
    const before = pids();
    const raw = rawMqtt(service.ports.mqtt);
    raw.send(connectPacket({ clientId: 'bad-1', username: 'bad-1', password: secrets.get('bad-1') ?? '' }));
    await raw.expect('connack');
    raw.send(publishPacket('v1/good-1/readings', '{"pm2_5":666}', { qos: 1, messageId: 1 }));
    await raw.closed();
    expect(raw.received.some(({ cmd }) => cmd === 'puback')).toBe(false);
    await isOtherServed();
    await eventually(async () => {
      const values = (await rowsOfApi(service, 'PBG-A01')).map(({ value }) => value);
      expect(values).toContain(5);
      expect(values).not.toContain(666);
    });
    expect(await metric(service, 'klawing_broker_refused_total{reason="publish"}')).toBe(1);
    expect(service.running('up').err()).toMatch(/"reason":"publish".*v1\/good-1\/readings/);
    expect(pids()).toEqual(before);
  });

  test('of a packet of 2 MiB is disconnected before it is read, and of a body of 2 MiB gets the limit as the answer', async () => {
    const { service, secrets, isOtherServed, pids } = await startWorld();
    const before = pids();
    const raw = rawMqtt(service.ports.mqtt);
    raw.send(connectPacket({ clientId: 'bad-1', username: 'bad-1', password: secrets.get('bad-1') ?? '' }));
    await raw.expect('connack');
    raw.send(publishPacket('v1/bad-1/readings', Buffer.alloc(2 * 2 ** 20, 'a'), { qos: 1, messageId: 1 }));
    await raw.closed();
    expect(raw.received.some(({ cmd }) => cmd === 'puback')).toBe(false);
    expect(await metric(service, 'klawing_broker_refused_total{reason="packet-too-large"}')).toBe(1);
    const answer = await fetch(`${service.url}/v1/devices/bad-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.get('bad-1')}`, 'content-type': 'application/json' },
      body: Buffer.alloc(2 * 2 ** 20, 'a'),
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      title: expect.stringContaining('1 MiB'),
      detail: 'send it in smaller pieces',
    });
    await isOtherServed();
    expect(pids()).toEqual(before);
  });
});
