import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { days, hours, minutes, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { killHalfway, watchHalfDone } from '#test/support/builders/half-done.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { LedgerAnswer, rowsOfApi, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, type ServiceOptions, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const STATION = 'PBG-A01';

const start = async (options: ServiceOptions = {}): Promise<{ service: Service; secret: string }> => {
  const service = await testService({ parts: ['broker', 'ingest'], ...options });
  await service.ready();
  await service.addStation(STATION, 'air');
  return { service, secret: await service.addDevice('box-1', STATION) };
};

const send = async (service: Service, secret: string, body: unknown): Promise<void> => {
  const answer = await fetch(`${service.url}/v1/devices/box-1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(202);
};

/** Registers how the fields of the device are to be read. */
const registerFields = async (service: Service, fields: object): Promise<void> => {
  const body = {
    stations: [{ id: STATION, family: 'air', name: STATION, lat: -7.39, lon: 109.36 }],
    devices: [{ id: 'box-1', station: STATION, fields }],
  };
  const answer = await service.post('/v1/registry/apply', body);
  expect(await answer.text()).toContain('box-1');
  expect(answer.status).toBe(200);
};

const verified = async (service: Service): Promise<void> => {
  const { status, out, err } = await service.cli('ledger', '--verify');
  expect(out + err).toContain('verified:');
  expect(status).toBe(0);
};

const totals = async (service: Service) => LedgerAnswer.parse(await (await service.get('/v1/ledger')).json()).totals;

const LatestAnswer = z.object({ values: z.array(z.object({ property: z.string(), value: z.number() })) });

/** The newest value of each property, as the API tells it. */
const latest = async (service: Service): Promise<Readonly<Record<string, number>>> => {
  const { values } = LatestAnswer.parse(await (await service.get('/v1/latest')).json());
  return Object.fromEntries(values.map(({ property, value }) => [property, value]));
};

const Sums = z.object({
  taken: z.number(),
  replayed: z.number(),
  refused_again: z.number(),
  stored: z.number(),
  duplicates: z.number(),
});

const replay = async (service: Service, ...options: readonly string[]): Promise<z.infer<typeof Sums>> => {
  const { out, err } = await service.cli('quarantine', 'replay', ...options, '--json');
  expect(err).not.toMatch(/error/i);
  return Sums.parse(JSON.parse(out));
};

const at = (offset: number): string => formatInstant(systemClock.now() + offset);

describe('a replay of the quarantine', () => {
  test('stores what was refused once its cause is mended, in the hour of its arrival, and only once', async () => {
    const { service, secret } = await start();
    const times = [3, 2, 1].map((ago) => at(-minutes(ago).ms));
    for (const [index, time] of times.entries())
      await send(service, secret, { time, values: { PM25: index, pm10: 7 } });
    await untilProcessed(service);
    expect(await totals(service)).toMatchObject({ processed: 0, quarantined: 3, decoded: 6, stored: 3, refused: 3 });
    expect((await service.cli('quarantine', 'list', '--device', 'box-1')).out).toMatch(/PROPERTY_UNKNOWN.*PM25/);

    expect(await replay(service, '--all')).toMatchObject({ taken: 3, replayed: 0, refused_again: 3, stored: 0 });
    expect(await totals(service)).toMatchObject({ processed: 0, quarantined: 3, decoded: 6, stored: 3, refused: 3 });

    await registerFields(service, { PM25: { property: 'pm2_5' } });
    expect(await replay(service, '--device', 'box-1', '--by', 'Sari')).toEqual(
      expect.objectContaining({ taken: 3, replayed: 3, refused_again: 0, stored: 3, duplicates: 0 }),
    );
    expect(await totals(service)).toMatchObject({ processed: 3, quarantined: 0, decoded: 6, stored: 6, refused: 0 });
    expect(await latest(service)).toEqual({ pm10: 7, pm2_5: 2 });
    const rows = await rowsOfApi(service, STATION);
    expect(rows.filter(({ property }) => property === 'pm2_5').map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(await replay(service, '--all')).toMatchObject({ taken: 0, stored: 0 });
    await verified(service);
    const shown = await service.cli('quarantine', 'show', '1');
    expect(shown.out).toContain('refused-again by operator');
    expect(shown.out).toContain('replayed by Sari');
  });

  test('moves the times of a wrong clock', async () => {
    const { service, secret } = await start();
    const taken = systemClock.now() - minutes(5).ms;
    await send(service, secret, { time: formatInstant(taken + hours(7).ms), values: { pm2_5: 38.5, pm10: 61 } });
    await untilProcessed(service);
    expect(await replay(service, '--code', 'TIME_LOCAL_AS_UTC', '--shift', '-7h')).toMatchObject({
      replayed: 1,
      stored: 2,
    });
    expect((await rowsOfApi(service, STATION)).map(({ time }) => time)).toEqual([taken, taken]);
    expect((await service.cli('quarantine', 'show', '1')).out).toContain('times moved by -7h');
    await verified(service);
  });

  test('counts a value that is stored already as a duplicate, and another one as a revision', async () => {
    const { service, secret } = await start();
    const time = at(-minutes(5).ms);
    await send(service, secret, { time, values: { pm2_5: 1 } });
    await send(service, secret, { time, values: { PM25: 1 } });
    await send(service, secret, { time, values: { PM25: 2 } });
    await untilProcessed(service);
    await registerFields(service, { PM25: { property: 'pm2_5' } });
    expect(await replay(service, '1')).toMatchObject({ replayed: 1, stored: 0, duplicates: 1 });
    expect(await replay(service, '2')).toMatchObject({ replayed: 1, stored: 1, duplicates: 0 });
    expect((await rowsOfApi(service, STATION)).map(({ value }) => value)).toEqual([2]);
    expect(await totals(service)).toMatchObject({ processed: 3, decoded: 3, stored: 2, duplicates: 1, revised: 1 });
    await verified(service);
  });

  test('leaves what is discarded alone, and the ledger counts it as discarded', async () => {
    const { service, secret } = await start();
    await send(service, secret, { values: { nonsense: 1 } });
    await untilProcessed(service);
    const asked = ['--all', '--reason', 'a test of the vendor', '--by', 'Budi, posko'];
    const { status, out } = await service.cli('quarantine', 'discard', ...asked);
    expect([status, out.trim()]).toEqual([0, '1 packet discarded']);
    expect((await service.cli('quarantine', 'discard', '1', '--reason', 'twice')).out.trim()).toBe(
      '0 packets discarded',
    );
    expect(await replay(service, '--all')).toMatchObject({ taken: 0 });
    const { out: ledger } = await service.cli('ledger', '--json');
    expect(JSON.parse(ledger)).toMatchObject({ balanced: true, totals: { quarantined: 0, discarded: 1, refused: 1 } });
    expect((await service.cli('quarantine', 'show', '1')).out).toContain(
      'discarded by Budi, posko: a test of the vendor',
    );
    const listed = JSON.parse((await service.cli('quarantine', 'list', '--json')).out);
    expect(listed).toMatchObject([{ state: 'discarded', last: { action: 'discarded', by: 'Budi, posko' } }]);
  });
});

describe('a replay of raw packets', () => {
  test('revises what a corrected calibration reads otherwise, and changes nothing the second time', async () => {
    const { service, secret } = await start();
    const begin = at(-1_000);
    for (const ago of [3, 2, 1])
      await send(service, secret, { time: at(-minutes(ago).ms), values: { pm2_5: 10, pm10: 7 } });
    await untilProcessed(service);
    await registerFields(service, { pm2_5: { property: 'pm2_5', scale: 2 } });
    const run = async (...more: readonly string[]) =>
      JSON.parse((await service.cli('replay', '--device', 'box-1', '--from', begin, '--json', ...more)).out);
    const first = { packets: 3, new: 0, changed: 3, same: 3, refused: 0, quarantined: 0 };
    expect(await run('--dry-run')).toMatchObject(first);
    expect(await latest(service)).toEqual({ pm10: 7, pm2_5: 10 });
    expect(await run()).toMatchObject(first);
    expect(await latest(service)).toEqual({ pm10: 7, pm2_5: 20 });
    expect(await run()).toMatchObject({ packets: 3, new: 0, changed: 0, same: 6 });
    const rows = await rowsOfApi(service, STATION);
    expect(rows.filter(({ property }) => property === 'pm2_5').map(({ value }) => value)).toEqual([20, 20, 20]);
    expect(await totals(service)).toMatchObject({ processed: 3, decoded: 9, stored: 9, revised: 3, duplicates: 0 });
    await verified(service);
    // the next packet is classified by the state that the replay left
    await send(service, secret, { time: at(-minutes(4).ms), values: { pm2_5: 1 } });
    await untilProcessed(service);
    expect(await latest(service)).toEqual({ pm10: 7, pm2_5: 20 });
  });

  test('keeps the later of two values that came for one time', async () => {
    const { service, secret } = await start();
    const begin = at(-1_000);
    const time = at(-minutes(5).ms);
    for (const value of [1, 2]) await send(service, secret, { time, values: { pm2_5: value } });
    await untilProcessed(service);
    const { out } = await service.cli('replay', '--device', 'box-1', '--from', begin, '--json');
    expect(JSON.parse(out)).toMatchObject({ packets: 2, new: 0, changed: 0, same: 1 });
    expect((await rowsOfApi(service, STATION)).map(({ value }) => value)).toEqual([2]);
  });
});

const PACKETS = 600;
const ROUNDS = 4;

const publishAll = async (service: Service, secret: string): Promise<void> => {
  const now = systemClock.now();
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    clientId: 'box-1',
    username: 'box-1',
    password: secret,
  });
  const sending = Array.from({ length: PACKETS }, (_, i) => {
    const reading = { time: formatInstant(now - seconds(i + 1).ms), values: { PM25: i, pm10: 5 } };
    return client.publishAsync('v1/box-1/readings', JSON.stringify(reading), { qos: 1 });
  });
  await Promise.all(sending);
  await client.endAsync();
};

/** Kills ingest in the midst of a step, again and again, and then lets a replay run through. */
const killInTheMiddle = async (options: ServiceOptions): Promise<void> => {
  const { service, secret } = await start(options);
  await publishAll(service, secret);
  await untilProcessed(service);
  await registerFields(service, { PM25: { property: 'pm2_5' } });
  const isUnderWay = watchHalfDone(service, 'replay');
  let halfDone = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = service.cli('quarantine', 'replay', '--all', '--by', 'Sari');
    if (await killHalfway(service, isUnderWay, running)) halfDone += 1;
    await running;
    service.start('ingest');
    await service.ready();
  }
  expect(halfDone, 'kills that hit a step which was begun and not ended').toBeGreaterThan(0);
  expect((await totals(service)).processed).toBeLessThan(PACKETS);
  await replay(service, '--all');
  const { balanced, explanation } = await untilProcessed(service);
  expect(balanced, explanation).toBe(true);
  expect(await totals(service)).toMatchObject({ processed: PACKETS, quarantined: 0, stored: 2 * PACKETS, refused: 0 });
  const values = (await rowsOfApi(service, STATION)).flatMap(({ property, value }) =>
    property === 'pm2_5' ? [value] : [],
  );
  expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: PACKETS }, (_, i) => i));
  await verified(service);
};

test('a replay that is killed in the middle ends in the same rows and counts, in DuckDB', () => killInTheMiddle({}));

test.runIf(hasInfluxd)(
  'a replay that is killed in the middle ends in the same rows and counts, in InfluxDB',
  async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.kill());
    const env = { KLAWING_STORE: 'influx', KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write' };
    await killInTheMiddle({ env: { ...env, KLAWING_INFLUX_BUCKET: 'klawing' } });
  },
);

describe('times of a wrong clock or of another form', () => {
  /** The command that the detail of a refused packet gives. */
  const commandIn = async (service: Service): Promise<readonly string[]> => {
    const [, command = ''] =
      /: klawing (quarantine replay .*)/.exec((await service.cli('quarantine', 'show', '1')).out) ?? [];
    return command.trim().split(' ');
  };

  test('a backlog in WIB that was sent as UTC is mended by the command in its fault', async () => {
    const { service, secret } = await start();
    const taken = [hours(9), hours(2), minutes(5)].map(({ ms }) => systemClock.now() - ms);
    const body = taken.map((time, i) => ({ time: formatInstant(time + hours(7).ms), values: { pm2_5: i } }));
    await send(service, secret, body);
    await untilProcessed(service);
    expect(await rowsOfApi(service, STATION)).toEqual([]);
    const command = await commandIn(service);
    expect(command).toContain('--shift');
    const { status, out } = await service.cli(...command);
    expect([status, out]).toEqual([0, expect.stringContaining('3 readings stored')]);
    expect((await rowsOfApi(service, STATION)).map(({ time }) => time)).toEqual(taken);
    await verified(service);
  });

  test('a receiver for GPS that is 1,024 weeks off is mended by the command in its fault', async () => {
    const { service, secret } = await start();
    const taken = systemClock.now() - minutes(5).ms;
    await send(service, secret, { time: formatInstant(taken - days(7 * 1_024).ms), values: { pm2_5: 1 } });
    await untilProcessed(service);
    const { status } = await service.cli(...(await commandIn(service)));
    expect(status).toBe(0);
    expect((await rowsOfApi(service, STATION)).map(({ time }) => time)).toEqual([taken]);
  });

  test('local time without an offset is read once its zone is registered', async () => {
    const { service, secret } = await start();
    const taken = Math.floor((systemClock.now() - minutes(5).ms) / 1_000) * 1_000;
    const local = formatInstant(taken + hours(7).ms)
      .slice(0, 19)
      .replace('T', ' ');
    await send(service, secret, { kapan: local, pm2_5: 1 });
    await untilProcessed(service);
    const options = ['--time-member', 'kapan', '--time-form', 'iso', '--time-zone', 'WIB'];
    expect((await service.cli('device', 'set', 'box-1', ...options)).status).toBe(0);
    expect((await service.cli('device', 'show', 'box-1')).out).toMatch(/time_zone +WIB/);
    await send(service, secret, { kapan: local, pm2_5: 2 });
    await untilProcessed(service);
    expect((await rowsOfApi(service, STATION)).map(({ time, value }) => [time, value])).toContainEqual([taken, 2]);
    const wrong = await service.cli('device', 'set', 'box-1', '--time-zone', 'Mars');
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('an offset such as +07:00')]);
  });
});
