import { expect, test } from 'vitest';
import { z } from 'zod';
import { influxTrial, strangersOf } from './influx-trial.ts';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';

const NOW = systemClock.now();
const at = (minute: number): string => formatInstant(NOW - minute * 60_000);

/** Line protocol of its own, hidden in a name: a newline, commas, spaces, equals signs, quotes, a backslash at the end. */
const INJECTIONS = [
  'pm2_5=1 1\nair,device=evil,station=evil pm2_5',
  'pm2_5=1,no2',
  'a b,c=d "e" \\',
  'pm2_5"',
  'évil\u0000\u2028',
];

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const reading = (minute: number, values: string): string => `{"time":"${at(minute)}","values":{${values}}}`;
const manyKeys = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',');

/** Text of a body, and how many values of it are to be stored. */
const BOMBS: readonly (readonly [what: string, body: string, stored: number])[] = [
  ['10,000 arrays deep', nested(10_000), 0],
  ['10,000 arrays deep as a value', reading(100, `"pm10":${nested(10_000)}`), 0],
  ['a key of nearly a megabyte', reading(101, `"${'k'.repeat(1_000_000)}":1,"pm10":1`), 1],
  ['80,000 keys, of which a reading may have 256', reading(102, `${manyKeys(80_000)},"pm10":2`), 0],
  ['the same key twice', reading(103, '"pm10":3,"pm10":4,"no2":3'), 1],
  ['__proto__ as a value', reading(104, '"__proto__":5,"pm10":5'), 1],
  ['__proto__ as an object', `{"__proto__":{"polluted":1},"time":"${at(105)}","values":{"pm10":6}}`, 1],
  ['constructor.prototype', reading(106, '"constructor":{"prototype":{"polluted":1}},"toString":1,"pm10":7'), 1],
  ['a number beyond all bounds', reading(107, '"pm10":1e309,"no2":1'), 1],
  ['minus zero and 2^53+1', reading(108, '"pm10":-0,"no2":9007199254740993'), 2],
  ['NaN as text, which means missing', reading(109, '"pm10":"NaN","no2":2'), 1],
  ['half a text', '{"time":', 0],
  ['bytes that are no text', '\u0000\uFFFF', 0],
  ...INJECTIONS.map(
    (name, i) => [`the property ${name}`, reading(120 + i, `${JSON.stringify(name)}:1,"pm10":8`), 1] as const,
  ),
  ...INJECTIONS.map((text, i) => [`the value ${text}`, reading(140 + i, `"pm10":${JSON.stringify(text)}`), 0] as const),
];

const Details = z.object({
  packets: z.array(z.object({ parts: z.array(z.object({ detail: z.string() })) })),
});

test.runIf(hasInfluxd)(
  'bodies made to harm are stored or explained, and add no series, no field and no member to anything',
  async () => {
    const { service, ask } = await influxTrial();
    const place = { family: 'air', lat: -7.39, lon: 109.37 };
    for (const id of [...INJECTIONS, '__proto__x y', 'a\\'])
      expect((await service.post('/v1/stations', { ...place, id, name: 'x' })).status).toBe(400);
    expect((await service.post('/v1/stations', { ...place, id: 'PBG-A01', name: 'a,b=c "d" \\' })).status).toBe(201);
    const secrets = new Map<string, string>();
    for (const device of ['constructor', 'good']) secrets.set(device, await service.addDevice(device, 'PBG-A01'));
    const send = (device: string, body: string): Promise<Response> =>
      fetch(`${service.url}/v1/devices/${device}/readings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.get(device)}`, 'content-type': 'application/json' },
        body,
      });

    for (const [i, [what, body]] of BOMBS.entries()) {
      expect((await send('constructor', body)).status, what).toBe(202);
      expect((await send('good', reading(i, `"pm2_5":${i}`))).status).toBe(202);
    }
    const stored = BOMBS.reduce((sum, [, , count]) => sum + count, 0) + BOMBS.length;
    expect(await untilProcessed(service)).toMatchObject({ balanced: true, totals: { stored } });
    const refused = Details.parse(await (await service.get('/v1/quarantine?limit=500')).json());
    for (const { detail } of refused.packets.flatMap(({ parts }) => parts)) expect(detail.length).toBeLessThan(500);
    expect(await service.cli('ledger', '--verify')).toMatchObject({ status: 0, err: '' });
    expect((await service.get('/readyz')).status).toBe(200);

    expect(await ask('SHOW SERIES FROM air')).toEqual([
      'air,device=constructor,station=PBG-A01',
      'air,device=good,station=PBG-A01',
    ]);
    expect((await ask('SHOW FIELD KEYS FROM air')).filter((key) => !/_(flag|tests)$/.test(key)).toSorted()).toEqual([
      'no2',
      'pm10',
      'pm2_5',
    ]);
    expect(strangersOf(await ask('SHOW MEASUREMENTS'))).toEqual([]);
    expect(strangersOf(await ask('SHOW SERIES'))).toEqual([]);
  },
);
