import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { CODECS } from '#model/codecs/index.ts';
import { anyBytes, anyText, UNPRINTABLE } from '#test/support/builders/hostile-text.ts';
import { FREE_COLUMNS } from '#test/support/builders/stored-columns.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

/** A character that turns a line around: every text of this test ends with it, so that it can be found again. */
const MARK = '\u202E';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Whether a value of a column holds the mark, as itself or as JSON escapes it. */
const isReached = (database: DatabaseSync, column: string): boolean => {
  const [table = '', name = ''] = column.split('.');
  const rows = z
    .array(z.object({ value: z.unknown() }))
    .parse(database.prepare(`SELECT "${name}" AS value FROM "${table}"`).all());
  return rows.some(({ value }) => {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
    return text.includes(MARK) || text.includes(String.raw`\u202e`);
  });
};

const STATIONS = ['AIR', 'BIN', 'RAIN'] as const;
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

/** What one run sends: texts of every door, and payloads of every codec. */
const anyAssault = fc.record({
  texts: fc.array(
    anyText.map((text) => `${text} is${MARK}`),
    { minLength: 12, maxLength: 12 },
  ),
  payloads: fc.array(fc.tuple(fc.constantFrom(...CODECS.map(({ name }) => name)), anyBytes), {
    minLength: 40,
    maxLength: 60,
  }),
});

const isWellFormed = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
};

/** An answer of the API: of status 200, in UTF-8, and without half a surrogate pair. */
const answerOf = async (service: Service, path: string, accept = '*/*'): Promise<string> => {
  const answer = await service.get(path, { accept, authorization: `Bearer ${service.operatorToken()}` });
  const bytes = await answer.arrayBuffer();
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  expect.soft(answer.status, `${path}: ${text.slice(0, 300)}`).toBe(200);
  if (answer.headers.get('content-type')?.startsWith('application/json') === true) {
    expect.soft(isWellFormed(JSON.parse(text)), path).toBe(true);
  }
  return text;
};

/** Every page of a list, one entry each. */
const everyPage = async (service: Service, path: string): Promise<number> => {
  let pages = 0;
  for (let next: string | undefined = path; next !== undefined; pages += 1) {
    const answer = await service.get(next, { authorization: `Bearer ${service.operatorToken()}` });
    expect.soft(answer.status, next).toBe(200);
    await answer.json();
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return pages;
};

const done = async (answer: Promise<Response>): Promise<unknown> => {
  const { status, ok, text } = await answer.then(async (of) => ({
    status: of.status,
    ok: of.ok,
    text: await of.text(),
  }));
  if (!ok) throw new Error(`${status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

const Id = z.object({ id: z.union([z.string(), z.number()]).transform(String) });

/** Texts of persons: names of stations, notes, reasons, arguments. */
const nameEverything = async (service: Service, texts: readonly string[]): Promise<void> => {
  for (const [at, text] of texts.entries()) {
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

const setConfig = (service: Service, text: string): Promise<Response> =>
  fetch(`${service.url}/v1/devices/air-1/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.operatorToken()}` },
    body: JSON.stringify({ config: { settings: { text } }, by: text.trim().slice(0, 100) }),
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
    const { alerts } = Alerts.parse(JSON.parse(await answerOf(service, '/v1/alerts?state=firing&station=BIN')));
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

const Quarantined = z.object({ packets: z.array(Id) });

/** Every list and every page of the API, and its metrics. */
const lookAtAll = async (service: Service, alert: string): Promise<void> => {
  const stations = [...STATIONS, 'T0', 'T1'];
  const paths = [
    ...words(`/v1/stations /v1/state /v1/latest /v1/fleet /v1/devices /v1/devices/air-1 /v1/gateways
      /v1/devices/air-1/commands /v1/devices/air-1/config /v1/alerts /v1/alerts/${alert} /v1/silences /v1/ledger
      /v1/people /v1/tokens /v1/audit
      /v1/ledger/verify /readyz /openapi.json`),
    ...stations.flatMap((id) => [`/v1/stations/${id}`, `/v1/stations/${id}/state`, `/v1/stations/${id}/readings`]),
  ];
  for (const path of paths) await answerOf(service, path);
  for (const id of stations) await answerOf(service, `/v1/stations/${id}/readings`, 'text/csv');
  const { packets } = Quarantined.parse(JSON.parse(await answerOf(service, '/v1/quarantine?limit=1000')));
  expect(packets.length).toBeGreaterThan(20);
  for (const { id } of packets) await answerOf(service, `/v1/quarantine/${id}`);
  for (const list of ['quarantine', 'alerts', 'fleet', 'devices/air-1/commands']) {
    await everyPage(service, `/v1/${list}?limit=1`);
  }
  const figures = await answerOf(service, '/metrics');
  for (const line of figures.split('\n').filter((one) => one !== '')) {
    expect
      .soft(line)
      .toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .*|[a-z_]+(?:\{[^\n]*\})? (?:[-+]?[\d.]+(?:e[-+]?\d+)?|Nan|[+-]Inf))$/);
  }
};

/** Verbs that show what is stored: none of them breaks, and none gives a terminal anything raw. */
const runVerbs = async (service: Service, alert: string): Promise<void> => {
  const verbs = [
    ['station', 'list'],
    ['device', 'list'],
    ['device', 'show', 'air-1'],
    ['device', 'history', 'air-1'],
    ['device', 'config', 'air-1'],
    ['gateway', 'list'],
    ['user', 'list'],
    ['token', 'list'],
    ['audit', 'list'],
    ['audit', 'verify'],
    ['alert', 'list', '--all'],
    ['alert', 'show', alert],
    ['alert', 'silences'],
    ['quarantine', 'list', '--limit', '1000'],
    ['quarantine', 'show', '1'],
    ['ledger', '--verify'],
    ['replay', '--device', 'air-1', '--from', '2020-01-01T00:00:00Z', '--dry-run'],
    ['export', 'AIR'],
    ['doctor'],
  ];
  for (const verb of verbs) {
    const { status, out, err } = await service.cli(...verb);
    const called = `${verb.join(' ')}: ${err}`;
    expect.soft(err, called).not.toMatch(/BUG|^\s+at /m);
    expect.soft(out.replaceAll(/[\n\t]/g, ''), called).not.toMatch(UNPRINTABLE);
    if (verb[0] !== 'doctor') expect.soft(status, called).toBe(0);
  }
};

const start = async (): Promise<World> => {
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

test('no bytes in any stored column break a list, a page, a verb or a metric', async () => {
  const world = await start();
  const { service, secrets } = world;
  await fc.assert(
    fc.asyncProperty(anyAssault, async ({ texts, payloads }) => {
      await nameEverything(service, texts);
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
      const alert = await endAlert(service, texts[0] ?? MARK);
      await untilProcessed(service);
      await done(
        service.post('/v1/quarantine/discard', { ids: [1], reason: texts[1], by: texts[2]?.trim().slice(0, 100) }),
      );
      await service.post('/v1/quarantine/replay', { ids: [2, 3, 4], by: texts[3]?.trim().slice(0, 100) });
      await lookAtAll(service, alert);
      await runVerbs(service, alert);
      const { balanced, explanation } = await untilProcessed(service);
      expect(balanced, explanation).toBe(true);
    }),
    { numRuns: 1, endOnFailure: true },
  );
  const database = new DatabaseSync(join(service.data, 'operations.db'), { readOnly: true });
  expect(FREE_COLUMNS.filter((column) => !isReached(database, column))).toEqual([]);
  database.close();
});
