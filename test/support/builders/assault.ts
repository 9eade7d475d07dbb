import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import mqtt from 'mqtt';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { CODECS } from '#model/codecs/index.ts';
import { humanLine } from '#model/base/human-text.ts';
import { anyBytes, anyText } from '#test/support/builders/hostile-text.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

/** Every text of an assault ends with it, so that it can be found again. Texts of persons may hold it too. */
export const MARK = '\u224B';

export const STATIONS = ['AIR', 'BIN', 'RAIN'] as const;
const MIB = 1_048_576;

/** Bodies of nearly the largest size, each hard on another part of a reader. */
const LARGE: readonly Uint8Array[] = [
  Buffer.alloc(MIB),
  Buffer.alloc(MIB, ' '),
  Buffer.alloc(MIB, '['),
  Buffer.alloc(MIB, 0xff),
  Buffer.alloc(MIB, '\u202E'),
  Buffer.from(`{"${'\u202E'.repeat(300_000)}":"${MARK}"}`),
  Buffer.from(`{"values":{${'"\\ud800":1,'.repeat(90_000)}"${MARK}":1}}`),
];

/** The content of one run: texts for every way in, and payloads of every codec. */
export const anyAssault = fc.record({
  texts: fc.array(
    anyText.map((text) => `${text} is${MARK}`),
    { minLength: 12, maxLength: 12 },
  ),
  payloads: fc.array(fc.tuple(fc.constantFrom(...CODECS.map(({ name }) => name)), anyBytes), {
    minLength: 40,
    maxLength: 60,
  }),
});

interface Assault {
  readonly texts: readonly string[];
  readonly payloads: readonly (readonly [codec: string, bytes: Uint8Array])[];
}

const done = async (answer: Promise<Response>): Promise<unknown> => {
  const { status, ok, text } = await answer.then(async (of) => ({
    status: of.status,
    ok: of.ok,
    text: await of.text(),
  }));
  if (!ok) throw new Error(`${status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

export const Id = z.object({ id: z.union([z.string(), z.number()]).transform(String) });

/** A text as the API takes it of a person: without control, bidirectional and invisible characters. */
const permitted = (text: string): string =>
  Array.from(text)
    .filter((character) => humanLine(9).safeParse(`a${character}z`).success)
    .join('');

/** Texts of persons: names of stations, notes, reasons, arguments. */
const nameEverything = async (service: Service, texts: readonly string[]): Promise<void> => {
  for (const [at, given] of texts.entries()) {
    const text = permitted(given);
    const place = { family: 'air', lat: -7.39, lon: 109.36 };
    await done(
      service.post('/v1/stations', { ...place, id: `T${at}`, name: text, attributes: { [text.slice(0, 60)]: text } }),
    );
    await done(
      service.post('/v1/devices', { id: `t${at}`, station: `T${at}`, fields: { [text]: { property: 'pm2_5' } } }),
    );
    const by = text.trim().slice(0, 100);
    await done(service.post('/v1/silences', { station: `T${at}`, for: '1h', reason: text, by }));
    await done(service.post('/v1/people', { name: text.slice(0, 100), email: `a${at}@example.org`, consent: true }));
    await done(service.post('/v1/tokens', { name: `${at}${text}`.slice(0, 60), role: 'viewer' }));
    const order = { name: 'reboot', arguments: { text }, by };
    await done(service.post('/v1/devices/air-1/commands', order));
  }
};

/** Passkeys of the first person. Only an authenticator can make one through the API, so their rows are written beside the service. */
const addPasskeys = (service: Service, texts: readonly string[]): void => {
  const database = new DatabaseSync(join(service.data, 'operations.db'), { timeout: 10_000 });
  const add = database.prepare(
    'INSERT INTO passkey (person, name, credential, public_key, counter, created_at) VALUES (1, ?, ?, ?, 0, ?)',
  );
  for (const [at, text] of texts.entries()) {
    add.run(permitted(text).slice(-60), String(at), Buffer.from(text), systemClock.now());
  }
  database.close();
};

const setConfig = (service: Service, text: string): Promise<Response> =>
  fetch(`${service.url}/v1/devices/air-1/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.operatorToken()}` },
    body: JSON.stringify({ config: { settings: { text } }, by: permitted(text).trim().slice(0, 100) }),
  });

interface World {
  readonly service: Service;
  readonly secrets: ReadonlyMap<string, string>;
}

const send = ({ service, secrets }: World, device: string, codec: string, body: Uint8Array): Promise<Response> =>
  fetch(`${service.url}/v1/devices/${device}/readings/${codec}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.get(device) ?? ''}`, 'content-type': 'application/octet-stream' },
    body: Buffer.from(body),
  });

/** Readings with hostile ids and field names, two at one time; and an alert, acknowledged and ended with a note. */
const sendReadings = async (world: World, texts: readonly string[]): Promise<void> => {
  const { service } = world;
  const time = formatInstant(systemClock.now() - 60_000);
  for (const [at, text] of texts.entries()) {
    const name = text.slice(0, 100);
    const patch = { fields: { [name]: { property: 'pm2_5' } } };
    await done(
      fetch(`${service.url}/v1/devices/air-1`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${service.operatorToken()}` },
        body: JSON.stringify(patch),
      }),
    );
    const one = { time, id: `${at}${name}`, values: { [name]: at } };
    const body = Buffer.from(JSON.stringify([one, { ...one, id: `${at}b${name}` }]));
    expect((await send(world, 'air-1', 'json', body)).status).toBe(202);
  }
  const hot = Buffer.from(JSON.stringify({ temperature: 90 }));
  expect((await send(world, 'bin-1', 'json', hot)).status).toBe(202);
};

const Alerts = z.object({ alerts: z.array(Id) });

const endAlert = async (service: Service, text: string): Promise<string> => {
  const id = await eventually(async () => {
    const { alerts } = Alerts.parse(await done(service.get('/v1/alerts?state=firing&station=BIN')));
    const [found] = alerts;
    if (found === undefined) throw new Error('no alert is firing');
    return found.id;
  });
  const note = { by: text.trim().slice(0, 200), note: text };
  await done(service.post(`/v1/alerts/${id}/acknowledge`, note));
  await done(service.post(`/v1/alerts/${id}/end`, note));
  return id;
};

/** The device answers each of its commands with bytes. */
const answerCommands = async (service: Service, secret: string, replies: readonly Uint8Array[]): Promise<void> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    clientId: 'air-1',
    username: 'air-1',
    password: secret,
  });
  onTestFinished(() => client.endAsync(true));
  let count = 0;
  client.on('message', (topic) => {
    const reply = replies[count % replies.length] ?? new Uint8Array(0);
    count += 1;
    void client.publishAsync(`${topic}/reply`, Buffer.from(reply), { qos: 1 });
  });
  await client.subscribeAsync('v1/air-1/commands/+', { qos: 1 });
  await client.publishAsync('v1/air-1/status', Buffer.from(replies[0] ?? ''), { qos: 1, retain: true });
  await eventually(() => expect(count).toBeGreaterThanOrEqual(replies.length));
};

/** A service with a station and a device of three families. */
export const startWorld = async (): Promise<World> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  const secrets = new Map<string, string>();
  for (const [id, family] of [
    ['AIR', 'air'],
    ['BIN', 'waste'],
    ['RAIN', 'weather'],
  ] as const) {
    await service.addStation(id, family);
    secrets.set(`${id.toLowerCase()}-1`, await service.addDevice(`${id.toLowerCase()}-1`, id));
  }
  await done(service.post('/v1/stations', { id: 'BIN2', family: 'waste', name: MARK, lat: -7.39, lon: 109.36 }));
  return { service, secrets };
};

/** Fills every stored column that a sender or a person fills. Gives the id of an alert that was ended with a note. */
export const assault = async (world: World, { texts, payloads }: Assault): Promise<string> => {
  const { service, secrets } = world;
  await nameEverything(service, texts);
  addPasskeys(service, texts);
  for (const text of texts) await done(setConfig(service, text.slice(0, 256)));
  await sendReadings(world, texts);
  const bodies = [...LARGE.flatMap((body) => CODECS.map(({ name }) => [name, body] as const)), ...payloads];
  for (const [codec, body] of bodies) {
    await eventually(async () => {
      const { status } = await send(world, 'rain-1', codec, body);
      // 503 while the broker is behind
      expect([202, 400, 413]).toContain(status);
    });
  }
  const replies = texts.map((text, at) =>
    at % 2 === 0 ? Buffer.from(text) : Buffer.from(JSON.stringify({ ok: true, [text]: text })),
  );
  await answerCommands(service, secrets.get('air-1') ?? '', replies);
  const alert = await endAlert(service, permitted(texts[0] ?? MARK));
  await untilProcessed(service);
  await done(
    service.post('/v1/quarantine/discard', {
      ids: [1],
      reason: permitted(texts[1] ?? ''),
      by: permitted(texts[2] ?? '')
        .trim()
        .slice(0, 100),
    }),
  );
  await service.post('/v1/quarantine/replay', {
    ids: [2, 3, 4],
    by: permitted(texts[3] ?? '')
      .trim()
      .slice(0, 100),
  });
  return alert;
};
