import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const Answer = z.object({
  results: z.array(
    z.object({
      series: z.array(z.object({ columns: z.array(z.string()), values: z.array(z.array(z.unknown())) })).optional(),
    }),
  ),
});

/** The newest point of a measurement, by column; empty while there is none. */
const newestPoint = async (url: string, measurement: string): Promise<Readonly<Record<string, unknown>>> => {
  const q = `SELECT * FROM "${measurement}" ORDER BY time DESC LIMIT 1`;
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db: 'klawing', q })}`, { method: 'POST' });
  const [series] = Answer.parse(await answer.json()).results[0]?.series ?? [];
  return Object.fromEntries((series?.columns ?? []).map((name, i) => [name, series?.values[0]?.[i]]));
};

describe.runIf(hasInfluxd)('beside the readings, InfluxDB', () => {
  test('gets the registry, the devices, the steps of alerts and the figures of the pipeline', async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.kill());
    const service = await testService({
      config: 'store: { kind: influx }\n',
      env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write' },
    });
    await service.ready();
    await service.addStation('PBG-W01', 'waste');
    const secret = await service.addDevice('bin-1', 'PBG-W01');
    const answer = await fetch(`${service.url}/v1/devices/bin-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ values: { fill: 40, temperature: 70 } }),
    });
    expect(answer.status).toBe(202);
    const expected = {
      station: { station: 'PBG-W01', family: 'waste', silent: 0, headline: 40 },
      station_state: { station: 'PBG-W01', hazard: 3, word_id: 'Dugaan kebakaran' },
      klawing_device: { device: 'bin-1', station: 'PBG-W01', silent: 0 },
      klawing_pipeline: { readings_stored: 2, messages_processed: 1, store_up: 1, lag_entries_storing: 0 },
      alert_event: { station: 'PBG-W01', device: 'bin-1', rule: 'fire', state: 'firing', firing: 1, value: 70 },
    };
    for (const [measurement, point] of Object.entries(expected)) {
      await eventually(async () => expect(await newestPoint(influx.url, measurement)).toMatchObject(point));
    }
  });
});
