import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { rowsOfInflux, untilProcessed } from '#test/support/oracles/oracle.ts';
import { testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const Refused = z.object({
  packets: z.array(
    z.object({
      device: z.string(),
      parts: z.array(z.object({ place: z.string(), code: z.string(), detail: z.string() })),
    }),
  ),
});

test.runIf(hasInfluxd)(
  'readings that InfluxDB refuses for good are in quarantine with its message, and delay no others',
  async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.kill());
    const now = systemClock.now();
    const post = (path: string, body: string): Promise<Response> =>
      fetch(`${influx.url}${path}`, { method: 'POST', body });
    // in each shard a field keeps the type that it was first written with: nitrogen dioxide is a text here
    await post('/query?q=CREATE+DATABASE+klawing', '');
    for (const time of [now, now - 20 * 60_000]) {
      await post('/write?db=klawing&precision=ms', `air,device=other,station=other no2="a text" ${time}`);
    }

    const service = await testService({
      parts: ['broker', 'ingest'],
      config: 'store: { kind: influx }\n',
      env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write', KLAWING_INFLUX_BUCKET: 'klawing' },
    });
    await service.ready();
    await service.addStation('PBG-A01', 'air');
    const secrets = new Map<string, string>();
    for (const device of ['poison', 'box-1', 'box-2']) {
      secrets.set(device, await service.addDevice(device, 'PBG-A01'));
    }
    const send = async (device: string, values: Readonly<Record<string, number>>): Promise<void> => {
      const batch = Array.from({ length: 20 }, (_, i) => ({ time: formatInstant(now - i * 60_000), values }));
      const answer = await fetch(`${service.url}/v1/devices/${device}/readings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.get(device)}`, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      });
      expect(answer.status).toBe(202);
    };
    await Promise.all([
      send('box-1', { pm2_5: 1, pm10: 2 }),
      send('poison', { pm2_5: 3, no2: 4 }),
      send('box-2', { pm2_5: 5, pm10: 6 }),
    ]);
    const { balanced, totals } = await untilProcessed(service);
    expect({ balanced, ...totals }).toMatchObject({ balanced: true, quarantined: 1, stored: 100, refused: 20 });
    expect(await rowsOfInflux(influx.url, 'klawing', 'air')).toHaveLength(100);

    const { packets } = Refused.parse(await (await service.get('/v1/quarantine')).json());
    expect(packets.map(({ device, parts }) => [device, parts.length])).toEqual([['poison', 20]]);
    expect(packets[0]?.parts[3]).toMatchObject({
      place: '/3/values/no2',
      code: 'STORE_REFUSED',
      detail: expect.stringContaining('field type conflict'),
    });

    expect((await service.get('/readyz')).status).toBe(200);
    await send('box-1', { temperature: 27 });
    expect(await untilProcessed(service)).toMatchObject({ balanced: true, totals: { stored: 120, refused: 20 } });
    const others = new URLSearchParams({ db: 'klawing', q: `DELETE FROM "air" WHERE device = 'other'` });
    await post(`/query?${others}`, '');
    expect(await service.cli('ledger', '--verify')).toMatchObject({ status: 0, err: '' });
  },
);
