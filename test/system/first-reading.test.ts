import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { formatInstant, parseInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { rowsOfApi, rowsOfDuckDb, type Row } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const hasMosquitto = existsSync('/usr/bin/mosquitto_pub');

const BEGIN = Math.floor(systemClock.now() / 1_000) * 1_000 - 600_000;

/** A minute after the other, each with a value of its own. */
const readingOf = (minute: number): Row => ({
  device: 'air-1',
  property: 'pm2_5',
  time: BEGIN + minute * 60_000,
  value: 10.25 + minute,
});

const payloadOf = ({ time, value }: Row): string =>
  JSON.stringify({ time: formatInstant(time), values: { pm2_5: value } });

const publish = (service: Service, secret: string, qos: 0 | 1 | 2, payload: string): void => {
  const address = ['-h', '127.0.0.1', '-p', String(service.ports.mqtt), '-i', 'air-1', '-u', 'air-1', '-P', secret];
  execFileSync('mosquitto_pub', [...address, '-q', String(qos), '-t', 'v1/air-1/readings', '-m', payload]);
};

const post = (service: Service, secret: string, payload: string): Promise<Response> =>
  fetch(`${service.url}/v1/devices/air-1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: payload,
  });

/** Sends one reading with each QoS and one over HTTP, and gives them when the API shows them all. */
const sendOneOfEach = async (service: Service): Promise<readonly Row[]> => {
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const secret = await service.addDevice('air-1', 'PBG-A01');
  const readings = [readingOf(0), readingOf(1), readingOf(2), readingOf(3)];
  const [byQos0, byQos1, byQos2, byHttp] = readings.map(payloadOf);
  await eventually(() => publish(service, secret, 1, byQos1 ?? ''));
  publish(service, secret, 0, byQos0 ?? '');
  publish(service, secret, 2, byQos2 ?? '');
  const answer = await post(service, secret, byHttp ?? '');
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ sequence: expect.any(Number), journal: expect.any(String) });
  await eventually(async () => expect(await rowsOfApi(service, 'PBG-A01')).toEqual(readings));
  return readings;
};

const Answer = z.object({
  readings: z.array(z.object({ observed_at: z.string(), device: z.string(), value: z.number(), flag: z.number() })),
});

describe.runIf(hasMosquitto)('a reading of a device, by each QoS and by HTTP,', () => {
  test('is in the API and, with the same time and value, in the DuckDB file', async () => {
    const service = await testService();
    const readings = await sendOneOfEach(service);
    const from = formatInstant(BEGIN);
    const json = await service.get(`/v1/stations/PBG-A01/readings?property=pm2_5&from=${from}`);
    expect(Answer.parse(await json.json()).readings).toMatchObject(
      readings.map(({ device, time, value }) => ({ observed_at: formatInstant(time), device, value, flag: 1 })),
    );
    await service.stop();
    const rows = await rowsOfDuckDb(service.data);
    expect(rows.toSorted((a, b) => a.time - b.time)).toEqual(readings);
  });

  test.runIf(hasInfluxd)('is in a real InfluxDB, as its own client shows it', async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.stop());
    const service = await testService({
      env: {
        KLAWING_STORE: 'influx',
        KLAWING_INFLUX_URL: influx.url,
        KLAWING_INFLUX_WRITE_PATH: '/write',
        KLAWING_INFLUX_BUCKET: 'purbalingga',
      },
    });
    const readings = await sendOneOfEach(service);
    const port = new URL(influx.url).port;
    const query = 'SELECT device, station, pm2_5, pm2_5_flag FROM air';
    const where = ['-host', '127.0.0.1', '-port', port, '-database', 'purbalingga', '-precision', 'ms'];
    const csv = execFileSync('influx', [...where, '-format', 'csv', '-execute', query], { encoding: 'utf8' });
    expect(csv.trim().split('\n').slice(1)).toEqual(
      readings.map(({ device, time, value }) => `air,${time},${device},PBG-A01,${value},1`),
    );
  });
});

test('a reading without a time takes that of its arrival', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const secret = await service.addDevice('air-1', 'PBG-A01');
  const before = systemClock.now();
  expect((await post(service, secret, '{"pm2_5": 38.5, "id": 7}')).status).toBe(202);
  expect((await post(service, secret, '{"pm2_5": 38.5, "id": 7}')).status).toBe(202);
  const rows = await eventually(async () => {
    const [row, ...others] = Answer.parse(await (await service.get('/v1/stations/PBG-A01/readings')).json()).readings;
    expect(row).toMatchObject({ device: 'air-1', value: 38.5 });
    expect(others).toEqual([]);
    return [row];
  });
  const at = parseInstant(rows[0]?.observed_at ?? '') ?? 0;
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(systemClock.now());
  await eventually(async () => {
    const { totals } = await ledgerOf(service);
    expect(totals).toMatchObject({ received: 2, stored: 1, duplicates: 1, waiting: 0 });
  });
});

const ledgerOf = async (service: Service) =>
  z
    .object({ totals: z.record(z.string(), z.union([z.number(), z.boolean()])) })
    .parse(await (await service.get('/v1/ledger')).json());
