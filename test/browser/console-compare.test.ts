import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { inkOf } from '#test/support/oracles/ink.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { hours, minutes } from '#model/base/duration.ts';

const DAY_MS = hours(24).ms;
const FROM = MORNING - DAY_MS;
/** The heaviest of the rain. */
const CLOUDBURST = FROM + hours(12).ms;

/** A river at Bancar, another in the zone of Makassar, and rain upstream, each with a value every ten minutes of a day. */
const start = async (): Promise<ConsoleApi> => {
  const api = await consoleApi();
  const zone = 'Asia/Makassar';
  const stations = [
    aStation({ id: 'PBG-R01', family: 'river', name: 'Bobotsari', attributes: { zone } }),
    aStation({ id: 'PBG-C01', family: 'weather', name: 'Karangreja' }),
  ];
  const deviceAt = (id: string, station: string) =>
    aDevice({ id, every: minutes(10), assignments: [{ station, from: 0 }] });
  await api.operations.changeRegistry([
    ...stations.map((station) => ({ kind: 'put-station', station }) as const),
    { kind: 'put-device', device: deviceAt('pbg-r01', 'PBG-R01') },
    { kind: 'put-device', device: deviceAt('pbg-r03', 'PBG-R03') },
    { kind: 'put-device', device: deviceAt('pbg-c01', 'PBG-C01') },
  ]);
  const stage = { family: 'river', property: 'stage' };
  const upstream = { ...stage, station: 'PBG-R01', device: 'pbg-r01' };
  const bancar = { ...stage, station: 'PBG-R03', device: 'pbg-r03' };
  const rain = { family: 'weather', property: 'rainfall', station: 'PBG-C01', device: 'pbg-c01' };
  await api.watch(aLatest({ ...upstream, value: 1.4 }), aLatest({ ...rain, value: 0 }));
  const times = Array.from({ length: DAY_MS / minutes(10).ms }, (_, i) => FROM + i * minutes(10).ms);
  const readings = times.flatMap((observedAt) => [
    aReading({ ...bancar, observedAt, value: 3 }),
    aReading({ ...upstream, observedAt, value: 1.4 }),
    aReading({ ...rain, observedAt, value: observedAt === CLOUDBURST ? 30 : 0 }),
  ]);
  await api.store.write(aBatch(readings), never);
  return api;
};

const stageChart = (page: Page) => page.locator('.chart[data-property="stage"]');
const RANGE = `from=${new Date(FROM).toISOString()}&to=${new Date(MORNING).toISOString()}`;
const columnOf = (at: number, columns: readonly unknown[]): number => ((at - FROM) / DAY_MS) * columns.length;

describe.skipIf(!hasChromium)('a chart of several stations', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('draws another river on the same axis, and rain from the top on its own, as the address says', async () => {
    const { url } = await start();
    const { page, objections } = await openPage(browser, `${url}/#/stations/PBG-R03?${RANGE}`);
    const label = (): Promise<string | null> => stageChart(page).locator('[data-drawn]').getAttribute('aria-label');
    const choose = stageChart(page).getByLabel('bandingkan');
    await choose.selectOption({ label: 'Bobotsari, Tinggi muka air' });
    await eventually(async () => expect(await label()).toContain('Bobotsari, Tinggi muka air: terendah 1,400 m'));
    await choose.selectOption({ label: 'Karangreja, Curah hujan' });
    await eventually(async () => expect(await label()).toContain('Karangreja, Curah hujan: terendah 0,0 mm'));
    expect(decodeURIComponent(page.url())).toContain('compare=PBG-R01/stage,PBG-C01/rainfall');

    const own = await inkOf(page, { property: 'stage', colour: '--line-1', least: 0.8 });
    const other = await inkOf(page, { property: 'stage', colour: '--line-2', least: 0.8 });
    const rain = await inkOf(page, { property: 'stage', colour: '--line-3', least: 0.8 });
    const middle = Math.floor(own.length / 4);
    expect(own[middle]?.top ?? 1).toBeLessThan(other[middle]?.top ?? 0);
    const bars = rain.flatMap((column, x) => (column !== null && column.bottom > 0.1 ? [{ x, ...column }] : []));
    expect(bars.length).toBeGreaterThan(0);
    for (const { x, top, bottom } of bars) {
      expect(top).toBeLessThan(0.02);
      expect(Math.abs(bottom - 1 / 3)).toBeLessThan(0.03);
      // a report tells of the time before it
      expect(x).toBeLessThanOrEqual(Math.ceil(columnOf(CLOUDBURST, rain)) + 1);
      expect(x).toBeGreaterThan(columnOf(CLOUDBURST - minutes(11).ms, rain) - 1);
    }
    const legend = await stageChart(page).locator('.u-legend').innerText();
    expect(legend).toContain('Bobotsari (pbg-r01)');
    expect(legend).toContain('Karangreja (pbg-c01)');

    await page.reload();
    await eventually(async () => expect(await label()).toContain('Karangreja, Curah hujan'));
    await stageChart(page).getByRole('button', { name: 'Tanpa Bobotsari, Tinggi muka air' }).click();
    await eventually(async () => expect(await label()).not.toContain('Bobotsari'));
    expect(decodeURIComponent(page.url())).not.toContain('PBG-R01/stage');
    expect(objections).toEqual([]);
  });

  test('shows times, and takes a range, in the zone of the station', async () => {
    const { url } = await start();
    const { page } = await openPage(browser, `${url}/#/stations/PBG-R01?${RANGE}`, { locale: 'en-US' });
    await stageChart(page).locator('.u-legend').getByText('Waktu (WITA)').waitFor();
    const over = stageChart(page).locator('.u-over');
    let moves = 0;
    await eventually(async () => {
      const { width } = (await over.boundingBox()) ?? { width: 0 };
      moves += 1;
      await over.hover({ position: { x: width / 2 + (moves % 2), y: 40 } });
      // noon of the range is 23.00 there: 15.00 UTC
      expect(await stageChart(page).locator('.u-legend').innerText()).toMatch(/(22\.50|23\.00|23\.10)\.00/);
    });
    await page.getByRole('button', { name: 'Pilih' }).click();
    expect(await page.getByLabel('Sampai (WITA)').inputValue()).toMatch(/^2026-11-24 11:0\d$/);
    await page.getByLabel('Dari (WITA)').fill('2026-11-24 05:00');
    await page.getByLabel('Sampai (WITA)').fill('2026-11-24 11:00');
    await page.getByRole('button', { name: 'OK' }).click();
    await eventually(() => expect(decodeURIComponent(page.url())).toContain('from=2026-11-23T21:00:00.000Z'));
  });
});
