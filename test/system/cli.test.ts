import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Environment } from '#cli/environment.ts';
import { VERBS } from '#cli/verbs/index.ts';
import { runProgram } from '#cli/program.ts';
import { formatInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { type Outcome, runKlawing } from '#test/support/servers/klawing.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { WAIT } from '#test/support/limits.ts';

/** The command line in this process: what it prints and the status that it would end with. */
const klawing = async (args: readonly string[], env: Environment = {}): Promise<Outcome> => {
  const lines: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] };
  const status = await runProgram(args, {
    env: { KLAWING_DATA: tempFolder(), ...env },
    out: (text) => lines.out.push(text),
    error: (text) => lines.err.push(text),
    isTerminal: false,
    ended: AbortSignal.timeout(WAIT.ms),
  });
  return { status, out: lines.out.join('\n'), err: lines.err.join('\n') };
};

const STATIONS = `
stations:
  - { id: PBG-A01, family: air, name: Purbalingga, lat: -7.39, lon: 109.36 }
  - { id: PBG-R01, family: river, name: Klawing at Bancar, lat: -7.39, lon: 109.375, attributes: { siaga: 2.5 } }
`;

const BELOW: Readonly<Record<string, readonly string[]>> = {
  station: ['add', 'list', 'apply'],
  device: ['add', 'list', 'move', 'rotate', 'revoke'],
  quarantine: ['list', 'show'],
};

const COMMANDS = VERBS.flatMap(({ name }) => [[name], ...(BELOW[name] ?? []).map((below) => [name, below])]);

describe('--help', () => {
  test('of the program and of every verb shows an example and ends with status 0', async () => {
    for (const command of [[], ...COMMANDS]) {
      const { status, out } = await klawing([...command, '--help']);
      expect(out, command.join(' ')).toMatch(/Examples?:\n {2}(KLAWING_\S+ )*klawing /);
      expect(status, command.join(' ')).toBe(0);
    }
  });
});

test('bench measures by rows that it knows, and ends with status 1 where it could not', async () => {
  const { status, err } = await runKlawing(['bench', 'no-such-row'], {
    env: {},
    folder: tempFolder(),
    tree: undefined,
  });
  expect(status).toBe(1);
  expect(err).toMatch(/Rows are ack, influx, duckdb/);
});

describe('a mistake in the command line ends with status 2 and says what it was:', () => {
  test.for([
    { args: ['unknown-verb'], says: /unknown command 'unknown-verb'/ },
    { args: ['station', 'add', 'PBG-A01'], says: /required option '--family <name>'/ },
    {
      args: ['station', 'add', 'X', '--family', 'nose', '--name', 'n', '--lat', '0', '--lon', '0'],
      says: /Allowed choices are air/,
    },
    {
      args: ['station', 'add', 'X', '--family', 'air', '--name', 'n', '--lat', 'south', '--lon', '0'],
      says: /not a number/,
    },
    { args: ['device', 'add', 'air-1'], says: /required option '--station <id>'/ },
    { args: ['ledger', '--nothing'], says: /unknown option '--nothing'/ },
    { args: ['quarantine', 'show'], says: /missing required argument 'id'/ },
  ])('$args', async ({ args, says }) => {
    const { status, err } = await klawing(args);
    expect(err).toMatch(says);
    expect(status).toBe(2);
  });
});

describe('a wrong setting ends with status 2 and names key, value and an example:', () => {
  test.for([
    {
      env: { KLAWING_MQTT_PORT: 'abc' },
      says: /KLAWING_MQTT_PORT is "abc", not a number; for example KLAWING_MQTT_PORT=1883/,
    },
    {
      env: { KLAWING_MQTT_PORT: '70000' },
      says: /"broker\.mqttPort" is 70000: .*; for example 1883 \(KLAWING_MQTT_PORT\)/,
    },
    { env: { KLAWING_STORE: 'redis' }, says: /"store\.kind" is "redis": .*; for example duckdb \(KLAWING_STORE\)/ },
    {
      env: { KLAWING_MQTTPORT: '1883' },
      says: /KLAWING_MQTTPORT is not a variable of Klawing; known are .*KLAWING_MQTT_PORT/,
    },
    {
      env: { KLAWING_INSECURE: 'yes' },
      says: /KLAWING_INSECURE is "yes", not true or false; for example KLAWING_INSECURE=true/,
    },
  ])('$env', async ({ env, says }) => {
    for (const verb of ['up', 'broker', 'ledger']) {
      const { status, err } = await klawing([verb], env);
      expect(err).toMatch(says);
      expect(status).toBe(2);
    }
  });

  test.for([
    { yaml: 'broker: { mqtPort: 1883 }', says: /"broker\.mqtPort" is not a setting/ },
    { yaml: 'journal: { keepRaw: thirty days }', says: /"journal\.keepRaw" is "thirty days"/ },
    { yaml: 'broker: [', says: /settings\.yaml cannot be used/ },
  ])('$yaml', async ({ yaml, says }) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'settings.yaml'), yaml);
    const { status, err } = await klawing(['--config', join(folder, 'settings.yaml'), 'up']);
    expect(err).toMatch(says);
    expect(status).toBe(2);
  });
});

const Secret = z.object({ device: z.string(), secret: z.string() });
const Stations = z.array(z.object({ id: z.string(), family: z.string(), name: z.string() }));
const Devices = z.array(z.object({ id: z.string(), revoked: z.boolean() }));
const Ledger = z.object({ balanced: z.boolean(), totals: z.object({ received: z.number(), stored: z.number() }) });
const Packets = z.array(
  z.object({ id: z.number(), device: z.string(), parts: z.array(z.object({ code: z.string() })) }),
);
const Packet = z.object({ id: z.number(), text: z.string() });

/** Runs a verb that must succeed, and reads what it prints as JSON. */
const read = async <T>(service: Service, schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> => {
  const { status, out, err } = await service.cli(...args, '--json');
  expect(status, err).toBe(0);
  return schema.parse(JSON.parse(out));
};

const succeed = async (service: Service, ...args: readonly string[]): Promise<string> => {
  const { status, out, err } = await service.cli(...args);
  expect(status, err).toBe(0);
  return out;
};

const post = (service: Service, device: string, secret: string, body: string): Promise<Response> =>
  fetch(`${service.url}/v1/devices/${device}/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body,
  });

/** Verbs that register, and the same called again. */
const register = async (service: Service): Promise<string> => {
  const file = join(tempFolder(), 'stations.yaml');
  writeFileSync(file, STATIONS);
  const Applied = z.object({
    dry_run: z.boolean(),
    changes: z.array(z.object({ id: z.string(), change: z.string() })),
  });
  const dry = await read(service, Applied, 'station', 'apply', file, '--dry-run');
  expect(dry.changes.map(({ id, change }) => `${id} ${change}`)).toEqual(['PBG-A01 added', 'PBG-R01 added']);
  expect(await read(service, Stations, 'station', 'list')).toEqual([]);
  expect(await succeed(service, 'station', 'apply', file)).toMatch(/station PBG-R01 added/);
  expect(await succeed(service, 'station', 'apply', file)).toBe('nothing to change\n');

  const place = ['--lat', '-7.4', '--lon', '109.3'];
  await succeed(service, 'station', 'add', 'PBG-W01', '--family', 'waste', '--name', 'Pasar', ...place);
  expect((await read(service, Stations, 'station', 'list')).map(({ id }) => id)).toEqual([
    'PBG-A01',
    'PBG-R01',
    'PBG-W01',
  ]);
  expect(await succeed(service, 'station', 'list')).toContain('Klawing at Bancar');

  const added = ['device', 'add', 'air-1', '--station', 'PBG-A01', '--installed-at', '2026-11-24'];
  const { secret } = await read(service, Secret, ...added);
  const chosen = 'a-chosen-secret-of-some-length';
  const chosenFile = join(tempFolder(), 'bin-1.secret');
  writeFileSync(chosenFile, `${chosen}\n`);
  const byFile = await service.cli('device', 'add', 'bin-1', '--station', 'PBG-W01', '--secret-file', chosenFile);
  expect(byFile).toMatchObject({ status: 0, err: '' });
  expect(byFile.out).not.toContain(chosen);
  const byText = await service.cli('device', 'add', 'bin-1', '--station', 'PBG-W01', '--secret', chosen);
  expect(byText).toMatchObject({ status: 0, err: expect.stringMatching(/warning: .*use --secret-file/) });
  const printed = await succeed(service, 'device', 'rotate', 'bin-1');
  const made = /^secret (\S+)$/m.exec(printed)?.[1] ?? '';
  expect(made.length).toBeGreaterThan(20);
  expect(printed.split(made)).toHaveLength(2);
  const nofile = await service.cli('device', 'rotate', 'bin-1', '--secret-file', `${chosenFile}.none`);
  expect(nofile).toMatchObject({ status: 1, err: expect.stringMatching(/cannot be read/) });
  const set = ['--silent-after', '6h', '--every', '5m', '--rename', 'PM25=pm2_5', '--rename', 'debu=pm10'];
  expect(await succeed(service, 'device', 'set', 'air-1', ...set)).toMatch(
    /air-1: json, every 5m, may be silent for 6h\nfields PM25=pm2_5 debu=pm10/,
  );
  expect(await succeed(service, 'device', 'set', 'air-1', '--rename', 'debu=')).not.toContain('debu');
  const ignored = await succeed(service, 'device', 'set', 'air-1', '--ignored', 'linkquality,battery_low');
  expect(ignored).toContain('ignored linkquality battery_low');
  expect(await succeed(service, 'device', 'set', 'air-1', '--ignored', 'none')).not.toContain('ignored');
  expect(await succeed(service, 'device', 'set', 'air-1', '--missing', 'PM25=-999,65535')).toContain(
    'PM25=pm2_5 (missing: -999, 65535)',
  );
  expect(await succeed(service, 'device', 'profile', 'list')).toMatch(/airrohr-sds011-bme280 +2026-11-30 +air/);
  expect(await succeed(service, 'device', 'profile', 'show', 'tasmota-sr04')).toContain('time_member: Time');
  const message = join(tempFolder(), 'message.json');
  writeFileSync(
    message,
    '{"sensordatavalues":[{"value_type":"SDS_P2","value":"38.47"},{"value_type":"x","value":"1"}]}',
  );
  const tried = await succeed(service, 'device', 'profile', 'try', 'airrohr-sds011-bme280', '--file', message);
  expect(tried).toMatch(/SDS_P2 +38.47 +pm2_5 +38.47 ug\/m3[^\n]*would be stored \/ akan disimpan/);
  const decoded = await succeed(service, 'decode', '--device', 'air-1', '--file', message);
  expect(decoded).toMatch(/refused at \/sensordatavalues: VALUE_NOT_A_NUMBER\n.*nilai bukan bilangan/);
  expect(await succeed(service, 'device', 'show', 'air-1')).toMatch(/silent_after +6h/);
  expect(await succeed(service, 'device', 'show', 'air-1')).toMatch(/installed_at +2026-11-24/);
  expect(await succeed(service, 'device', 'list')).toMatch(/installed at[\s\S]*air-1[^\n]* 2026-11-24 /);
  expect(await succeed(service, 'device', 'list', '--silent')).toBe('no device is silent\n');
  const short = await service.cli('device', 'add', 'bin-2', '--station', 'PBG-W01', '--secret', 'short');
  expect(short).toMatchObject({ status: 1, err: expect.stringMatching(/16 characters or more/) });
  const nowhere = await service.cli('device', 'add', 'bin-2', '--station', 'PBG-X99');
  expect(nowhere).toMatchObject({ status: 1, err: expect.stringMatching(/PBG-X99/) });
  expect(await read(service, Devices, 'device', 'list')).toEqual([
    expect.objectContaining({ id: 'air-1', revoked: false }),
    expect.objectContaining({ id: 'bin-1', revoked: false }),
  ]);
  return secret;
};

const expectQuarantine = async (service: Service): Promise<void> => {
  const packets = await read(service, Packets, 'quarantine', 'list', '--device', 'air-1');
  expect(packets).toMatchObject([{ device: 'air-1', parts: [{ code: 'PROPERTY_UNKNOWN' }] }]);
  const id = String(packets[0]?.id);
  expect((await read(service, Packet, 'quarantine', 'show', id)).text).toContain('"pm25"');
  const shown = await succeed(service, 'quarantine', 'show', id);
  expect(shown).toMatch(/PROPERTY_UNKNOWN at \/values\/pm25, 1 reading\n/);
  expect(await service.cli('quarantine', 'show', '4711')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/NOT_FOUND/),
  });
};

const expectExport = async (service: Service): Promise<void> => {
  const file = join(tempFolder(), 'readings.csv');
  await succeed(service, 'export', 'PBG-A01', '--property', 'pm10', '--output', file);
  const csv = readFileSync(file, 'utf8');
  expect(csv.split('\n')).toEqual([
    'observed_at,device,property,value,flag,unit,timed_by,level,raw,version,tests',
    expect.stringMatching(/^\d{4}-.*Z,air-1,pm10,61,1,ug\/m3,device,raw,,,\d+$/),
    '',
  ]);
  expect(await succeed(service, 'export', 'PBG-A01', '--property', 'pm10')).toBe(csv);
  const hourly = ['export', 'PBG-A01', '--property', 'pm10', '--interval', '1h', '--fn', 'mean'] as const;
  const windows = (start: string, end: string) =>
    new RegExp(
      `^start,device,property,value,count,end,expected,complete,unit,level,method,zone,speed,calms\\n${start},air-1,pm10,61,1,${end},\\d+,false,ug/m3,raw,mean,[A-Za-z/]+,,\\n$`,
    );
  const wib = '\\d{4}-.*:00:00\\.000\\+07:00';
  const utc = '\\d{4}-.*:00:00\\.000Z';
  expect(await succeed(service, ...hourly)).toMatch(windows(wib, wib));
  expect(await succeed(service, ...hourly, '--tz', 'UTC')).toMatch(windows(utc, utc));
};

test('the verbs do the same while the service runs and at rest', async () => {
  const service = await testService();
  await service.ready();
  const secret = await register(service);
  const time = formatInstant(systemClock.now());
  const body = JSON.stringify({ time, values: { pm25: 38.5, pm10: 61 } });
  expect((await post(service, 'air-1', secret, body)).status).toBe(202);
  await eventually(async () => {
    expect(await read(service, Ledger, 'ledger')).toMatchObject({ balanced: true, totals: { received: 1, stored: 1 } });
  });
  const expectSame = async (): Promise<void> => {
    await expectQuarantine(service);
    await expectExport(service);
    expect(await succeed(service, 'ledger', '--verify')).toMatch(/\nbalanced: .*\nverified: duckdb holds 1 rows/);
    expect(await read(service, Ledger, 'ledger', '--device', 'bin-1')).toMatchObject({ totals: { received: 0 } });
    expect(await read(service, Ledger, 'ledger', '--since', '1h')).toMatchObject({ totals: { received: 1 } });
    const before = ['--since', '30h', '--until', '3h'];
    expect(await read(service, Ledger, 'ledger', ...before)).toMatchObject({ totals: { received: 0 } });
    expect(await succeed(service, 'ledger', '--by', 'device')).toMatch(
      /^device .*\n.*\nair-1 +1 .*balanced\ntotal +1 /,
    );
    expect(await succeed(service, 'ledger', '--by', 'day')).toMatch(/^day .*\n.*\n\d{4}-\d{2}-\d{2} +1 .*balanced\n/);
  };
  await expectSame();
  await service.stop();
  await expectSame();

  const { secret: second } = await read(service, Secret, 'device', 'rotate', 'air-1');
  expect(second).not.toBe(secret);
  expect(await succeed(service, 'device', 'revoke', 'bin-1')).toMatch(/device bin-1 revoked, 0 connections cut/);
  service.start('up');
  await service.ready();
  expect((await post(service, 'air-1', second, '{"pm10":1}')).status).toBe(202);
  expect((await post(service, 'bin-1', 'a-chosen-secret-of-some-length', '{"fill":1}')).status).toBe(401);
  const list = await succeed(service, 'device', 'list');
  expect(list).toMatch(/bin-1 .* revoked/);
  expect(list).toMatch(/\nair-1 +PBG-A01 +json +5m +2026-11-24 +unknown +– +– +\d{4}-\d{2}-\d{2}T/);
});

test('a process ends with the status that its command line came to', async () => {
  const folder = tempFolder();
  expect(await runKlawing(['up', '--help'], { folder })).toMatchObject({ status: 0, err: '' });
  expect(await runKlawing(['sim', '--speed-up', '0.5'], { folder })).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^SETTING_INVALID: .*--speed-up: /),
  });
  expect(await runKlawing(['station', 'add'], { folder })).toMatchObject({ status: 2, out: '' });
  const env = { KLAWING_DATA: join(folder, 'data'), KLAWING_HTTP_PORT: String(await freePort()) };
  expect(await runKlawing(['quarantine', 'show', '1'], { folder, env })).toMatchObject({ status: 1, out: '' });
  expect(await runKlawing(['ledger'], { folder, env })).toMatchObject({ status: 0, err: '' });
});
