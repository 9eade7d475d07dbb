import mqtt, { type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { CommandDocument } from '#api/commands/schema.ts';
import { GatewayList, GatewaySecret } from '#api/gateways/schema.ts';
import { systemClock } from '#model/base/clock.ts';
import { days, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { oneWithin } from '#test/support/one-within.ts';

const APPLICATION = '17c82e96-0000-4000-8000-000000000002';
const EUI = '70b3d57ed0051a03';
const STRANGER = '70b3d57ed0051a99';
const RIVER = 'AYIAABOmAmcBCAN0AWk=';
const FIELDS = {
  distance_1: { property: 'distance' },
  temperature_2: { property: 'temperature' },
  voltage_3: { property: 'battery_voltage' },
};

/** Yesterday in UTC: all of it has passed. */
const DAY = formatInstant(systemClock.now() - days(1).ms).slice(0, 10);

const event = (eui: string, name: string): string => `application/${APPLICATION}/device/${eui}/event/${name}`;

const uplink = (eui: string, minute: number) => ({
  deduplicationId: `0b2f6f3e-6a55-4b6f-9a0e-0000000000${minute}`,
  time: `${DAY}T07:${minute}:04.512345+00:00`,
  deviceInfo: { applicationId: APPLICATION, devEui: eui },
  data: RIVER,
  rxInfo: [{ rssi: -112, snr: -4.2 }],
});

const done = async (service: Service, ...args: readonly string[]): Promise<string> => {
  const outcome = await service.cli(...args);
  expect(outcome.status, outcome.err).toBe(0);
  return outcome.out;
};

const addGateway = async (service: Service, kind: string, devices: string, id = 'ns-1'): Promise<string> =>
  GatewaySecret.parse(
    parseJson(await done(service, 'gateway', 'add', id, '--kind', kind, '--devices', devices, '--json')),
  ).secret;

const connect = async ({ ports }: Service, password: string, id = 'ns-1'): Promise<MqttClient> => {
  const client = mqtt.connect(`mqtt://127.0.0.1:${ports.mqtt}`, {
    username: id,
    password,
    clientId: id,
    reconnectPeriod: 0,
  });
  onTestFinished(() => client.endAsync(true));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.on('connect', () => resolve()).on('error', reject);
  await promise;
  return client;
};

const rowsOf = async (service: Service, station: string): Promise<string> =>
  (await service.get(`/v1/stations/${station}/readings?from=${DAY}T00:00:00Z&to=${DAY}T23:59:59Z`)).text();

const metric = async (service: Service, line: string): Promise<number> => {
  const text = await (await service.get('/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.split(' ')[1],
  );
};

const downlinksOf = async (
  client: MqttClient,
  filter: string,
): Promise<readonly { topic: string; body: unknown }[]> => {
  const heard: { topic: string; body: unknown }[] = [];
  client.on('message', (topic, payload) => void heard.push({ topic, body: parseJson(payload.toString()) }));
  await client.subscribeAsync(filter, { qos: 1 });
  return heard;
};

test('ChirpStack brings raw uplinks over MQTT and HTTP, strangers wait in quarantine and are stored once they are known, and nothing else lands there', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  const body = { station: 'ST1', codec: 'lpp', every: '5m', fields: FIELDS };
  await service.post('/v1/devices', { ...body, id: 'far-1', external_id: EUI });
  const secret = await addGateway(service, 'chirpstack', 'far-1');
  const server = await connect(service, secret);

  await server.publishAsync(event(EUI, 'up'), JSON.stringify(uplink(EUI, 10)), { qos: 1 });
  const post = (path: string, given: unknown, token = secret): Promise<Response> =>
    fetch(`${service.url}/v1/gateways/ns-1/events${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(given),
    });
  expect((await post('?event=up', uplink(EUI, 11))).status).toBe(202);
  for (const name of ['join', 'txack', 'log', 'location']) {
    await server.publishAsync(event(EUI, name), '{"deviceInfo":{}}', { qos: 1 });
    expect((await post(`?event=${name}`, uplink(EUI, 12))).status).toBe(204);
  }
  const state = { time: `${DAY}T07:12:00+00:00`, deviceInfo: { devEui: EUI }, margin: 7, batteryLevel: 91.5 };
  await server.publishAsync(event(EUI, 'status'), JSON.stringify(state), { qos: 1 });
  await server.publishAsync(event(STRANGER, 'status'), JSON.stringify(state), { qos: 1 });
  await server.publishAsync(event(STRANGER, 'up'), JSON.stringify(uplink(STRANGER, 13)), { qos: 1 });
  expect((await post('?event=up', uplink(STRANGER, 14))).status).toBe(202);

  await eventually(async () => {
    const rows = await rowsOf(service, 'ST1');
    for (const part of ['07:10:04.512Z', '07:11:04.512Z', '5.03', '26.4', '3.61', '-112', '91.5']) {
      expect(rows).toContain(part);
    }
  });
  const quarantine = async () => (await service.get('/v1/quarantine?state=open')).text();
  const reasons = async () => [...(await quarantine()).matchAll(/DEVICE_UNKNOWN/g)];
  await eventually(async () => expect(await reasons()).toHaveLength(2));
  expect(await quarantine()).toContain(`--external-id ${STRANGER}`);
  expect(await rowsOf(service, 'ST1')).not.toMatch(/07:1[34]:04/);
  expect(await metric(service, 'klawing_broker_forwarded_total{what="uplink"}')).toBe(2);
  expect(await metric(service, 'klawing_broker_forwarded_total{what="stranger"}')).toBe(2);
  expect(await metric(service, 'klawing_broker_forwarded_total{what="state"}')).toBe(1);
  expect(await metric(service, 'klawing_broker_forwarded_total{what="ignored"}')).toBe(9);

  await service.post('/v1/devices', { ...body, id: 'far-2', external_id: STRANGER });
  await done(service, 'gateway', 'assign', 'ns-1', '--devices', 'far-1,far-2');
  await done(service, 'quarantine', 'replay', '--code', 'DEVICE_UNKNOWN');
  await eventually(async () => {
    const rows = await rowsOf(service, 'ST1');
    expect(rows).toMatch(/07:13:04[^]*07:14:04/);
    expect(rows).toContain('"far-2"');
  });
  expect(await quarantine()).not.toContain('DEVICE_UNKNOWN');
  expect(await done(service, 'ledger', '--verify')).toContain('balanced');
});

test('a gateway keeps its connection while its secret is rotated, and loses it when the rotation is finished or the gateway revoked', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  await service.addDevice('far-1', 'ST1');
  const first = await connect(service, await addGateway(service, 'chirpstack', 'far-1'));
  const rotated = GatewaySecret.parse(parseJson(await done(service, 'gateway', 'rotate', 'ns-1', '--json')));
  expect(first.connected).toBe(true);
  await service.post('/v1/gateways/ns-1/rotate', { finish: true });
  await eventually(() => expect(first.connected).toBe(false));

  const second = await connect(service, rotated.secret);
  await eventually(async () => {
    const { gateways } = GatewayList.parse(await (await service.get('/v1/gateways')).json());
    expect(gateways[0]).toMatchObject({ presence: 'online', last_seen: expect.stringMatching(/Z$/) });
  });
  await service.post('/v1/gateways/ns-1/revoke', {});
  await eventually(() => expect(second.connected).toBe(false));
  await expect(connect(service, rotated.secret)).rejects.toThrow(/refused/);
  expect(await done(service, 'gateway', 'list')).toMatch(/ns-1 +chirpstack +revoked +\d{4}-/);
});

test('the connections of a gateway and of a device are cut within a second of their revocation', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  let count = 0;
  const connected = async (kind: 'devices' | 'gateways') => {
    count += 1;
    const id = `revoked-${count}`;
    const secret = await service.addDevice(kind === 'devices' ? id : `${id}-device`, 'ST1');
    const ofGateway = kind === 'gateways' ? await addGateway(service, 'chirpstack', `${id}-device`, id) : secret;
    return { path: `/v1/${kind}/${id}/revoke`, client: await connect(service, ofGateway, id) };
  };
  for (const kind of ['devices', 'gateways'] as const) {
    await oneWithin(
      seconds(1),
      () => connected(kind),
      async ({ path, client }) => {
        expect((await service.post(path, {})).status).toBe(200);
        await eventually(() => expect(client.connected).toBe(false));
      },
    );
  }
});

const commandOf = async (service: Service, args: readonly string[], device = 'far-1'): Promise<string> => {
  const given = await done(service, 'device', 'command', device, ...args, '--json');
  return z.looseObject({ id: z.string() }).parse(parseJson(given)).id;
};

const until = (service: Service, id: string, state: string) =>
  eventually(async () => {
    const found = CommandDocument.parse(await (await service.get(`/v1/devices/far-1/commands/${id}`)).json());
    expect(found).toMatchObject({ state });
    return found;
  });

test('a command and a config go down through ChirpStack, to its own devices alone, and end with its acknowledgement', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  for (const [id, eui] of [
    ['far-1', EUI],
    ['other-1', STRANGER],
  ] as const) {
    await done(
      ...([
        service,
        'device',
        'add',
        id,
        '--station',
        'ST1',
        '--external-id',
        eui,
        '--application',
        APPLICATION,
      ] as const),
      ...(['--port', '85', '--downlink', 'reboot=ff10ff', '--downlink', 'config=ff03{interval:u16le}'] as const),
    );
  }
  const server = await connect(service, await addGateway(service, 'chirpstack', 'far-1'));
  const heard = await downlinksOf(server, 'application/+/device/+/command/+');

  const other = await connect(service, await addGateway(service, 'chirpstack', 'other-1', 'ns-2'), 'ns-2');
  const heardThere = await downlinksOf(other, 'application/+/device/+/command/+');

  await commandOf(service, ['reboot'], 'other-1');
  await eventually(() => expect(heardThere).toHaveLength(1));
  const id = await commandOf(service, ['reboot']);
  await eventually(() => expect(heard).toHaveLength(1));
  const topic = `application/${APPLICATION}/device/${EUI}/command/down`;
  expect(heard[0]).toMatchObject({ topic, body: { devEui: EUI, confirmed: true, fPort: 85, data: '/xD/' } });
  expect(heardThere).toHaveLength(1);
  await until(service, id, 'sent');
  const item = z.looseObject({ id: z.string() }).parse(heard[0]?.body).id;
  await server.publishAsync(event(EUI, 'ack'), JSON.stringify({ queueItemId: item, acknowledged: true }), { qos: 0 });
  expect(await until(service, id, 'answered')).toMatchObject({ reply: { acknowledged: true } });

  await done(service, 'device', 'config', 'far-1', '--set', 'interval=10m', '--by', 'Sari');
  await eventually(() => expect(heard).toHaveLength(2));
  expect(heard[1]).toMatchObject({ body: { data: Buffer.from('ff035802', 'hex').toString('base64') } });
  expect(await done(service, 'device', 'history', 'far-1')).toMatch(/config[^]*Sari/);
  expect((await service.cli('device', 'command', 'far-1', 'dance')).err).toContain(
    'no bytes are registered for "dance"',
  );
});

test('a command goes down through The Things Stack as an object, and ends with what it says', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  await done(service, 'device', 'add', 'far-1', '--station', 'ST1', '--application', 'sungai@ttn', '--port', '15');
  const server = await connect(service, await addGateway(service, 'ttn', 'far-1'));
  const heard = await downlinksOf(server, 'v3/+/devices/+/down/push');
  const id = await commandOf(service, ['reboot', '--set', 'after=5']);
  await eventually(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toMatchObject({
    topic: 'v3/sungai@ttn/devices/far-1/down/push',
    body: {
      downlinks: [{ f_port: 15, confirmed: true, decoded_payload: { name: 'reboot', arguments: { after: 5 } } }],
    },
  });
  const { downlinks } = z.object({ downlinks: z.array(z.looseObject({})) }).parse(heard[0]?.body);
  const failed = { downlink_failed: { downlink: downlinks[0], error: { name: 'application_downlink_too_long' } } };
  await server.publishAsync('v3/sungai@ttn/devices/far-1/down/failed', JSON.stringify(failed), { qos: 0 });
  await until(service, id, 'failed');
});
