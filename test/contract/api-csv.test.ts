import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';

const PATH = '/v1/stations/ST1/readings';
const CSV = { accept: 'text/csv' };
const Raw = z.looseObject({ readings: z.array(z.looseObject({ observed_at: z.string() })) });

const fill = async ({ store }: TestApi, count: number, stepMs: number): Promise<void> => {
  const readings = Array.from({ length: count }, (_, i) =>
    aReading({ observedAt: MORNING - i * stepMs, value: i / 10 }),
  );
  await store.write(aBatch(readings), never);
};

const HEAD = 'observed_at,device,property,value,flag,unit,timed_by,level,raw,version,tests';

describe('CSV', () => {
  test('comes by a plain link, as a browser follows it', async () => {
    const api = await testApi();
    await fill(api, 3, 60_000);
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-site': 'same-origin' };
    const answer = await api.get(`${PATH}?format=csv`, browser);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toContain('attachment; filename="ST1_all_raw_');
    expect((await answer.text()).trimEnd().split('\n')).toHaveLength(1 + 3);
    expect((await api.get(`${PATH}?format=json`, CSV)).headers.get('content-type')).toContain('application/json');
    expect(await problemOf(await api.get(`${PATH}?format=xlsx`))).toMatchObject({ status: 400 });
  });

  test('for an Indonesian spreadsheet has semicolons, decimal commas and a byte order mark, raw and in windows', async () => {
    const api = await testApi();
    await fill(api, 2, 60_000);
    const raw = Buffer.from(await (await api.get(`${PATH}?format=csv-id&tz=Asia/Jakarta`)).bytes());
    expect(raw.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const lines = raw.toString().slice(1).trimEnd().split('\n');
    expect(lines[0]).toBe(HEAD.replaceAll(',', ';'));
    expect(lines[1]).toBe('2026-11-24T09:59:00.000+07:00;dev-1;pm2_5;0,1;1;ug/m3;device;raw;;;1');
    const windows = await (await api.get(`${PATH}?format=csv-id&property=pm2_5&fn=mean&interval=1h`)).text();
    expect(windows.split('\n')[1]).toMatch(/^2026-11-24T09:00:00\.000\+07:00;dev-1;pm2_5;0,1;1;/);
  });

  test('has local times where a zone is asked for, across a change of its clock; so has JSON, page by page', async () => {
    const api = await testApi();
    const change = Date.parse('2026-11-01T06:00:00Z');
    const readings = [change - 60_000, change].map((observedAt) => aReading({ observedAt, value: 1 }));
    await api.store.write(aBatch(readings), never);
    const span = 'from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z';
    const local = ['2026-11-01T01:59:00.000-04:00', '2026-11-01T01:00:00.000-05:00'];
    const csv = await (await api.get(`${PATH}?${span}&format=csv&tz=America/New_York`)).text();
    expect(
      csv
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(local);
    const seen: string[] = [];
    let path: string | undefined = `${PATH}?${span}&tz=America/New_York&limit=1`;
    while (path !== undefined) {
      const answer: Response = await api.get(path);
      seen.push(...Raw.parse(await answer.json()).readings.map(({ observed_at }) => observed_at));
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(local);
    expect(await (await api.get(`${PATH}?${span}&format=csv`)).text()).toContain('2026-11-01T06:00:00.000Z,');
  });

  test('has its columns, a file name, and numbers that read back as the same double', async () => {
    const api = await testApi();
    const values = [0.1 + 0.2, 38, 1e-7, 123456789.125, -0.5];
    const readings = values.map((value, i) => aReading({ observedAt: MORNING - 1_000 * (5 - i), value }));
    await api.store.write(aBatch(readings), never);
    const answer = await api.get(PATH, CSV);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="ST1_all_raw_2026-11-23_2026-11-24.csv"',
    );
    const [head, ...lines] = (await answer.text()).trimEnd().split('\n');
    expect(head).toBe(HEAD);
    expect(lines[0]).toBe('2026-11-24T02:59:55.000Z,dev-1,pm2_5,0.30000000000000004,1,ug/m3,device,raw,,,1');
    expect(lines.map((line) => Number(line.split(',')[3]))).toEqual(values);
  });

  test('is the head alone where there is nothing', async () => {
    const { get } = await testApi();
    expect(await (await get(PATH, CSV)).text()).toBe(`${HEAD}\n`);
  });

  test('is chosen by the quality values of Accept', async () => {
    const { get } = await testApi();
    const typeFor = async (accept: string) => (await get(PATH, { accept })).headers.get('content-type')?.split(';')[0];
    expect(await typeFor('text/csv;q=0.5, application/json')).toBe('application/json');
    expect(await typeFor('text/html, text/*;q=0.9, */*;q=0.1')).toBe('text/csv');
    expect(await typeFor('*/*')).toBe('application/json');
    const refused = await get(PATH, { accept: 'image/png' });
    expect(await problemOf(refused)).toMatchObject({ status: 406, code: 'REQUEST_INVALID' });
  });

  test('streams 200,000 rows, and no faster than the client reads', async () => {
    const api = await testApi();
    for (let i = 0; i < 20; i += 1) {
      const readings = Array.from({ length: 10_000 }, (_, j) => aReading({ observedAt: MORNING - (i * 10_000 + j) }));
      await api.store.write(aBatch(readings), never);
    }
    let lines = 0;
    let most = 0;
    const before = process.memoryUsage().rss;
    const { body } = await api.get(PATH, CSV);
    if (body === null) throw new Error('no body');
    for await (const chunk of body) {
      lines += Buffer.from(chunk).toString().split('\n').length - 1;
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(lines).toBe(200_001);
    expect(most).toBeLessThan(150 * 2 ** 20);
  });

  test('gives its place back when the client goes, and refuses one too many', async () => {
    const api = await testApi({ maxExports: 1 });
    for (let i = 0; i < 10; i += 1) {
      const readings = Array.from({ length: 10_000 }, (_, j) => aReading({ observedAt: MORNING - (i * 10_000 + j) }));
      await api.store.write(aBatch(readings), never);
    }
    const slow = request(`${api.url}${PATH}`, { headers: CSV });
    slow.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      slow.on('response', (response) => {
        response.pause();
        resolve();
      });
      slow.end();
    });
    const refused = await api.get(PATH, CSV);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'SERVICE_BUSY' });
    slow.destroy();
    await eventually(async () => expect((await api.get(`${PATH}?to=2021-01-01T00:00:00Z`, CSV)).status).toBe(200));
  });
});
