import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { connectPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const STATION = 'PBG-A01';
/** Everything is looked at quickly; what must not happen is given time to. */
const QUICK = 'ingest: { probeEvery: 250ms, balanceEvery: 1s, verifyEvery: 1s }\napi: { silenceGrace: 1s }\n';

const AlertList = z.object({
  alerts: z.array(
    z.object({
      rule: z.string(),
      device: z.string(),
      state: z.enum(['pending', 'firing', 'resolved']),
      fired_at: z.string().nullish(),
      resolved_at: z.string().nullish(),
      detail: z.object({ id: z.string(), en: z.string() }).nullable(),
    }),
  ),
});

const alertsOf = async (service: Service, rule: string) => {
  const answer = await service.get('/v1/alerts?limit=500');
  const { alerts } = AlertList.parse(await answer.json());
  return alerts.filter((alert) => alert.rule === rule);
};

const untilState = (service: Service, rule: string, state: string): Promise<string> =>
  eventually(async () => {
    const [newest] = await alertsOf(service, rule);
    expect(newest?.state).toBe(state);
    return newest?.detail?.en ?? '';
  });

const start = async (): Promise<Service> => {
  const service = await testService({ parts: ['broker', 'ingest'], config: QUICK });
  await service.ready();
  await service.addStation(STATION, 'air');
  return service;
};

const send = async (service: Service, device: string, secret: string, time: number): Promise<void> => {
  const answer = await fetch(`${service.url}/v1/devices/${device}/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ time: formatInstant(time), values: { pm2_5: 38.5, pm10: 61 } }),
  });
  expect(answer.status).toBe(202);
};

describe('the ledger', () => {
  test('raises an alert when a row is missing in the store, and resolves it when the row is back', async () => {
    const service = await start();
    const secret = await service.addDevice('box-1', STATION);
    const time = systemClock.now() - minutes(1).ms;
    await send(service, 'box-1', secret, time);
    await untilProcessed(service);
    await service.kill('ingest', 'SIGTERM');
    const run = async (sql: string): Promise<void> => {
      const instance = await DuckDBInstance.create(join(service.data, 'readings.duckdb'));
      const connection = await instance.connect();
      await connection.run(sql);
      connection.disconnectSync();
      instance.closeSync();
    };
    await run(
      "CREATE TABLE taken AS SELECT reading_row.* FROM reading_row JOIN series ON id = series WHERE property = 'pm10'",
    );
    await run("DELETE FROM reading_row USING series WHERE id = series AND property = 'pm10'");
    service.start('ingest');
    await service.ready();
    expect(await untilState(service, 'ledger-unverified', 'firing')).toMatch(/0 rows of box-1 pm10 .* expects 1/);
    const { status, out } = await service.cli('ledger', '--verify');
    expect(status).toBe(1);
    expect(out).toMatch(/box-1\s+pm10\s+1\s+0/);

    await service.kill('ingest', 'SIGTERM');
    await run('INSERT INTO reading_row SELECT * FROM taken');
    service.start('ingest');
    await service.ready();
    await untilState(service, 'ledger-unverified', 'resolved');
  });

  test.runIf(hasInfluxd)(
    'raises an alert when points are deleted from InfluxDB, which ends when they are there again',
    async () => {
      const influx = await startInfluxd(tempFolder());
      onTestFinished(() => influx.kill());
      const service = await testService({
        parts: ['broker', 'ingest'],
        config: `${QUICK}store: { kind: influx, timeout: 5s }\n`,
        env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write', KLAWING_INFLUX_BUCKET: 'klawing' },
      });
      await service.ready();
      await service.addStation(STATION, 'air');
      const time = systemClock.now() - minutes(5).ms;
      for (const device of ['box-1', 'box-2']) {
        await send(service, device, await service.addDevice(device, STATION), time);
      }
      await untilProcessed(service);
      expect((await service.cli('ledger', '--verify')).status).toBe(0);

      const ask = async (path: string, body?: string): Promise<void> => {
        const init = body === undefined ? { method: 'POST' } : { method: 'POST', body };
        const answer = await fetch(`${influx.url}${path}`, init);
        expect([answer.ok, await answer.text()]).toEqual([true, expect.not.stringContaining('error')]);
      };
      await ask(`/query?${new URLSearchParams({ db: 'klawing', q: `DELETE FROM "air" WHERE device = 'box-2'` })}`);
      expect(await untilState(service, 'ledger-unverified', 'firing')).toMatch(/0 rows of box-2 pm\S+ .* expects 1/);
      const { status, out } = await service.cli('ledger', '--verify');
      expect(status).toBe(1);
      expect(out).toMatch(/NOT VERIFIED: influx holds 2 rows, the ledger expects 4; 2 places differ/);
      expect(out).toMatch(/box-2\s+pm10\s+1\s+0/);
      expect(out).not.toMatch(/box-1\s+pm10\s+1\s+0/);

      const fields = 'pm2_5=38.5,pm2_5_flag=1i,pm10=61,pm10_flag=1i';
      await ask('/write?db=klawing&precision=ms', `air,device=box-2,station=${STATION} ${fields} ${time}`);
      await untilState(service, 'ledger-unverified', 'resolved');
    },
  );

  test('raises an alert when a message is not accounted for', async () => {
    const service = await start();
    const secret = await service.addDevice('box-1', STATION);
    await send(service, 'box-1', secret, systemClock.now());
    await untilProcessed(service);
    await service.kill('ingest', 'SIGTERM');
    const database = new DatabaseSync(join(service.data, 'operations.db'));
    database.prepare('UPDATE ledger_message SET processed = processed - 1').run();
    database.close();
    service.start('ingest');
    await service.ready();
    expect(await untilState(service, 'ledger-imbalance', 'firing')).toMatch(/1 messages received, but 0 accounted for/);
  });
});

describe('silence', () => {
  test('of a device that never spoke is reported after its interval and grace, also over a restart', async () => {
    const service = await start();
    const answer = await service.post('/v1/devices', { id: 'mute-1', station: STATION, every: '2s' });
    expect(answer.status).toBe(201);
    await service.kill('ingest', 'SIGTERM');
    service.start('ingest');
    await service.ready();
    expect(await alertsOf(service, 'device-silent')).toEqual([]);
    const told = await untilState(service, 'device-silent', 'firing');
    expect(told).toContain('has sent nothing since it was registered');
    await service.kill('ingest', 'SIGTERM');
    service.start('ingest');
    await service.ready();
    // the alert of another device shows that the service has looked again since
    await service.post('/v1/devices', { id: 'mute-2', station: STATION, every: '2s' });
    await eventually(async () => {
      const silent = await alertsOf(service, 'device-silent');
      expect(silent.map(({ device }) => device)).toContain('mute-2');
      expect(silent.filter(({ device }) => device === 'mute-1')).toHaveLength(1);
    });
    // the command line says which device, and what to do
    const why = /has sent nothing since it was registered.*check its name/;
    const [line = ''] = (await service.cli('alert', 'list')).out.split('\n').filter((text) => text.includes('mute-1'));
    expect(line).toMatch(why);
    expect((await service.cli('alert', 'show', line.trim().split(' ')[0] ?? '')).out).toMatch(why);

    const secret = z
      .object({ secret: z.string() })
      .parse(await (await service.post('/v1/devices/mute-1/rotate', {})).json()).secret;
    await send(service, 'mute-1', secret, systemClock.now());
    await eventually(async () => {
      const silent = await alertsOf(service, 'device-silent');
      expect(silent.find(({ device }) => device === 'mute-1')?.state).toBe('resolved');
    });
  });

  test('of a broker that is started after ingest is no outage', async () => {
    const config = 'ingest: { probeEvery: 250ms, brokerTimeout: 1s }\n';
    const service = await testService({ parts: ['broker', 'ingest'], config });
    await service.ready();
    for (const part of ['ingest', 'broker'] as const) await service.kill(part, 'SIGKILL');
    service.start('ingest');
    // the figure is there once the system was looked at
    await eventually(async () => {
      expect(await (await service.get('/metrics')).text()).toContain('klawing_ingest_devices{presence="online"} 0');
    });
    expect(await alertsOf(service, 'broker-down')).toEqual([]);
    service.start('broker');
    await service.ready();
    expect(await alertsOf(service, 'broker-down')).toEqual([]);
  });

  test('is not said of devices while the broker is down: that is one alert', async () => {
    const service = await start();
    const body = { devices: Array.from({ length: 20 }, (_, i) => ({ id: `box-${i}`, station: STATION, every: '5s' })) };
    expect((await service.post('/v1/devices/batch', body)).status).toBe(201);
    await service.kill('broker', 'SIGKILL');
    await untilState(service, 'broker-down', 'firing');
    expect(await alertsOf(service, 'device-silent')).toEqual([]);
    service.start('broker');
    await untilState(service, 'broker-down', 'resolved');
  });
});

test('after the broker was down, nothing is said of devices before they had time to come back', async () => {
  const config = 'ingest: { probeEvery: 250ms, settleTime: 6s }\napi: { silenceGrace: 1s }\n';
  const service = await testService({ parts: ['broker', 'ingest'], config });
  await service.ready();
  await service.addStation(STATION, 'air');
  expect((await service.post('/v1/devices', { id: 'box-1', station: STATION, every: '7s' })).status).toBe(201);
  await service.kill('broker', 'SIGKILL');
  await untilState(service, 'broker-down', 'firing');
  service.start('broker');
  await untilState(service, 'broker-down', 'resolved');
  await untilState(service, 'device-silent', 'firing');
  const [silent] = await alertsOf(service, 'device-silent');
  const [down] = await alertsOf(service, 'broker-down');
  const waited = instantOf(silent?.fired_at ?? '') - instantOf(down?.resolved_at ?? '');
  expect(waited).toBeGreaterThan(seconds(5.5).ms);
});

test('a clock that is hours ahead raises an alert at once', async () => {
  const service = await start();
  const secret = await service.addDevice('box-1', STATION);
  await send(service, 'box-1', secret, systemClock.now() + hours(7).ms);
  expect(await untilState(service, 'clock-wrong', 'firing')).toContain('refused');
  // one packet that is right is no clock that is right, also over a restart
  await send(service, 'box-1', secret, systemClock.now());
  await service.kill('ingest', 'SIGTERM');
  service.start('ingest');
  await service.ready();
  await untilProcessed(service);
  expect((await alertsOf(service, 'clock-wrong')).map(({ state }) => state)).toEqual(['firing']);
  for (let i = 0; i < 5; i += 1) await send(service, 'box-1', secret, systemClock.now());
  await untilState(service, 'clock-wrong', 'resolved');
});

test.runIf(hasInfluxd)('a store that is away raises one alert, with 200 devices that go on sending', async () => {
  const influx = await startInfluxd(tempFolder());
  onTestFinished(() => influx.kill());
  const service = await testService({
    parts: ['broker', 'ingest'],
    config: `${QUICK}store: { kind: influx, timeout: 1s }\n`,
    env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write', KLAWING_INFLUX_BUCKET: 'klawing' },
  });
  await service.ready();
  await service.addStation(STATION, 'air');
  const made = await service.post('/v1/devices/batch', {
    devices: Array.from({ length: 200 }, (_, i) => ({ id: `box-${i}`, station: STATION, every: '20s' })),
  });
  const { devices } = z
    .object({ devices: z.array(z.object({ device: z.string(), secret: z.string() })) })
    .parse(await made.json());
  const sendAll = async (): Promise<void> => {
    for (const { device, secret } of devices) await send(service, device, secret, systemClock.now());
  };
  await sendAll();
  await influx.kill();
  await sendAll();
  await untilState(service, 'store-away', 'firing');
  await sendAll();
  const answer = AlertList.parse(await (await service.get('/v1/alerts?limit=500')).json());
  expect(answer.alerts.map(({ rule }) => rule)).toEqual(['store-away']);
  await influx.restart();
  await untilState(service, 'store-away', 'resolved');
});

describe('identities', () => {
  test('raises an alert for a device that replaces its own readings', async () => {
    const service = await start();
    const secret = await service.addDevice('box-1', STATION);
    const time = formatInstant(systemClock.now() - minutes(1).ms);
    const answer = await fetch(`${service.url}/v1/devices/box-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(Array.from({ length: 12 }, (_, i) => ({ time, values: { pm2_5: i } }))),
    });
    expect(answer.status).toBe(202);
    await untilProcessed(service);
    expect(await untilState(service, 'readings-replaced', 'firing')).toMatch(
      /^11 of 12 readings .* clock steps back at boot; .* too coarse .*; or two boxes have one identity/,
    );
    const [alert] = await alertsOf(service, 'readings-replaced');
    expect(alert?.device).toBe('box-1');
    expect(alert?.detail?.id).toMatch(/jam perangkat mundur.*terlalu kasar.*dua alat memakai satu identitas/);
  });

  test('raises an alert where two connections take one identity from each other', async () => {
    const service = await start();
    const secret = await service.addDevice('box-1', STATION);
    for (let i = 0; i < 6; i += 1) {
      const box = rawMqtt(service.ports.mqtt);
      box.send(connectPacket({ clientId: 'box-1', username: 'box-1', password: secret }));
      await box.expect('connack');
    }
    expect(await untilState(service, 'identity-contested', 'firing')).toMatch(/two boxes have one identity \(box-1\)/);
  });
});
