import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestApi } from '#test/support/servers/api.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Column, inkOf } from '#test/support/oracles/ink.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { days, type Duration, hours, minutes, seconds } from '#model/base/duration.ts';
import type { Qualified } from '#model/readings/reading.ts';

const DAY_MS = days(1).ms;
/** The range that every chart here is asked for: a day up to MORNING, whatever the clock of the browser says. */
const FROM = MORNING - DAY_MS;
const LINES = ['--line-1', '--line-2'] as const;

/** A value at each step of the day, but for times that are left out. */
const dayOf = (
  every: Duration,
  given: Partial<Qualified>,
  valueAt: (at: number) => number | undefined,
): readonly Qualified[] =>
  Array.from({ length: DAY_MS / every.ms }, (_, i) => FROM + i * every.ms).flatMap((observedAt) => {
    const value = valueAt(observedAt);
    return value === undefined ? [] : [aReading({ ...given, observedAt, value })];
  });

const swing = (at: number): number => 30 + 10 * Math.sin(at / hours(2).ms);

/** Nothing came between eight and nine hours into the day. */
const OUTAGE = { from: FROM + hours(8).ms, to: FROM + hours(9).ms };
const isOut = (at: number): boolean => at > OUTAGE.from && at < OUTAGE.to;

const store = async (api: TestApi, readings: readonly Qualified[]): Promise<void> => {
  for (let i = 0; i < readings.length; i += 20_000) {
    await api.store.write(aBatch(readings.slice(i, i + 20_000)), never);
  }
};

const chart = (page: Page, property: string) => page.locator(`.chart[data-property="${property}"]`);
const toWib = (at: number): string => new Date(at + hours(7).ms).toISOString().slice(0, 16);

/** Opens a station at the range, and waits until its chart says how its values were made. */
const openChart = async (
  browser: Browser,
  api: TestApi,
  of: { station?: string; property?: string; about: string },
) => {
  const { station = 'ST1', property = 'pm2_5', about } = of;
  const { page, asked, objections } = await openPage(browser, `${api.url}/#/stations/${station}`);
  await page.getByRole('button', { name: 'Pilih' }).click();
  await page.getByLabel('Dari (WIB)').fill(toWib(FROM));
  await page.getByLabel('Sampai (WIB)').fill(toWib(MORNING));
  await page.getByRole('button', { name: 'OK' }).click();
  await chart(page, property).getByText(about).waitFor();
  await chart(page, property).locator('[data-drawn]').waitFor();
  const label = () => chart(page, property).locator('[data-drawn]').getAttribute('aria-label');
  const drawn = async () => Number(await chart(page, property).locator('[data-drawn]').getAttribute('data-drawn'));
  return { page, asked, objections, label, drawn };
};

/** The columns that show a span of the day, but for two at each end, where a line begins and ends. */
const between = (columns: readonly Column[], from: number, to: number): readonly Column[] => {
  const at = (time: number): number => ((time - FROM) / DAY_MS) * columns.length;
  return columns.slice(Math.ceil(at(from)) + 2, Math.floor(at(to)) - 2);
};
const inked = (columns: readonly Column[]): number => columns.filter((column) => column !== null).length;

describe.skipIf(!hasChromium)('the chart of a day', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('at a value each 5 s goes to the end of the day, though the device is registered with one a minute', async () => {
    const api = await consoleApi();
    await store(api, dayOf(seconds(5), {}, swing));
    const { page, drawn } = await openChart(browser, api, { about: 'rata-rata per 2 menit' });
    expect(await drawn()).toBe(720);
    const columns = await inkOf(page, { property: 'pm2_5', colour: '--line-1', least: 0.8 });
    expect(inked(columns.slice(2, -2))).toBe(columns.length - 4);
  });

  test('shows the peak of a single value among them, in words and on the canvas', async () => {
    const api = await consoleApi();
    const crest = FROM + hours(16).ms + 5_000;
    const river = { station: 'PBG-R03', device: 'pbg-r03', family: 'river', property: 'stage' };
    await store(
      api,
      dayOf(seconds(5), river, (at) => (at === crest ? 4.3 : 1.2)),
    );
    const shown = { station: 'PBG-R03', property: 'stage', about: 'rata-rata per 2 menit' };
    const { page, label } = await openChart(browser, api, shown);
    await eventually(async () => expect(await label()).toContain('tertinggi 4,300 m'));
    const columns = await inkOf(page, { property: 'stage', colour: '--line-1', least: 0.3 });
    const crestAt = Math.round(((crest - FROM) / DAY_MS) * columns.length);
    const tops = columns.map((column) => column?.top ?? 1);
    expect(Math.min(...tops)).toBeLessThan(0.2);
    expect(Math.abs(tops.indexOf(Math.min(...tops)) - crestAt)).toBeLessThanOrEqual(3);
    expect(tops.filter((top) => top < 0.5).length).toBeLessThan(6);
  });

  test('at a value each minute is open where nothing came for longer than the device may be silent', async () => {
    const api = await consoleApi();
    await store(
      api,
      dayOf(minutes(1), {}, (at) => (isOut(at) ? undefined : swing(at))),
    );
    const { page } = await openChart(browser, api, { about: 'setiap nilai' });
    const columns = await inkOf(page, { property: 'pm2_5', colour: '--line-1', least: 0.8 });
    expect(inked(between(columns, OUTAGE.from, OUTAGE.to))).toBe(0);
    const before = between(columns, FROM, OUTAGE.from);
    const behind = between(columns, OUTAGE.to, MORNING);
    expect([inked(before), inked(behind)]).toEqual([before.length, behind.length]);
  });

  test('in means is open there too, and so is the band around them', async () => {
    const api = await consoleApi();
    await store(
      api,
      dayOf(seconds(5), {}, (at) => (isOut(at) ? undefined : swing(at) + ((at / 5_000) % 7))),
    );
    const { page, label } = await openChart(browser, api, { about: 'rata-rata per 2 menit' });
    await eventually(async () => expect(await label()).toContain('tertinggi 46'));
    // 0.1 takes in the fill of the band
    const columns = await inkOf(page, { property: 'pm2_5', colour: '--line-1', least: 0.1 });
    expect(inked(between(columns, OUTAGE.from, OUTAGE.to))).toBe(0);
    expect(inked(between(columns, FROM, OUTAGE.from))).toBe(between(columns, FROM, OUTAGE.from).length);
  });

  test('is open for the device that was away, and not for the one beside it', async () => {
    const api = await consoleApi();
    await api.operations.changeRegistry([{ kind: 'put-device', device: aDevice({ id: 'dev-2' }) }]);
    await store(api, [
      ...dayOf(minutes(1), { device: 'dev-1' }, (at) => (isOut(at) ? undefined : 20)),
      ...dayOf(seconds(50), { device: 'dev-2' }, () => 40),
    ]);
    const { page } = await openChart(browser, api, { about: 'setiap nilai' });
    const gapOf = async (colour: string): Promise<readonly Column[]> =>
      between(await inkOf(page, { property: 'pm2_5', colour, least: 0.8 }), OUTAGE.from, OUTAGE.to);
    await eventually(async () => {
      const [first, second] = [await gapOf(LINES[0]), await gapOf(LINES[1])];
      expect(second.length).toBeGreaterThan(0);
      expect([inked(first), inked(second)]).toEqual([0, second.length]);
    });
  });

  test('is joined for a device that may be silent for longer, and shows a value that stands alone', async () => {
    const api = await consoleApi();
    const sleeper = aDevice({ id: 'dev-1', silentAfter: hours(2) });
    await api.operations.changeRegistry([{ kind: 'put-device', device: sleeper }]);
    const alone = FROM + hours(18).ms;
    await store(
      api,
      dayOf(minutes(1), {}, (at) =>
        isOut(at) || (at > alone - hours(3).ms && at < alone + hours(3).ms && at !== alone) ? undefined : 30,
      ),
    );
    const { page } = await openChart(browser, api, { about: 'setiap nilai' });
    const columns = await inkOf(page, { property: 'pm2_5', colour: '--line-1', least: 0.8 });
    const gap = between(columns, OUTAGE.from, OUTAGE.to);
    expect(inked(gap)).toBe(gap.length);
    const around = between(columns, alone - hours(3).ms, alone + hours(3).ms);
    expect(inked(around)).toBeGreaterThan(0);
    expect(inked(around)).toBeLessThan(10);
  });

  test('of fourteen devices is read page by page', async () => {
    const api = await consoleApi();
    const devices = Array.from({ length: 14 }, (_, i) => `dev-${i + 1}`);
    await api.operations.changeRegistry(
      devices.map((id) => ({ kind: 'put-device' as const, device: aDevice({ id, every: seconds(30) }) })),
    );
    await store(
      api,
      devices.flatMap((device, i) => dayOf(minutes(1), { device }, () => 20 + i)),
    );
    const { drawn, asked } = await openChart(browser, api, { about: 'rata-rata per 2 menit' });
    expect(await drawn()).toBe(14 * 720);
    expect(asked.filter((path) => path.includes('fn=mean') && path.includes('after=')).length).toBeGreaterThan(0);
  });

  test('of rain has a bar over the time in which it fell', async () => {
    const api = await consoleApi();
    const rain = { station: 'PBG-W01', device: 'mast', family: 'weather', property: 'rainfall' };
    await api.operations.changeRegistry([
      { kind: 'put-station', station: aStation({ id: 'PBG-W01', family: 'weather' }) },
      {
        kind: 'put-device',
        device: aDevice({ id: 'mast', every: seconds(10), assignments: [{ station: 'PBG-W01', from: 0 }] }),
      },
    ]);
    await api.operations.commitAlerted({
      cursor: { journal: 'j-1', sequence: 2 },
      latest: [aLatest(rain)],
      presence: [],
      seen: [],
      alerting: { alerts: [], events: [], messages: [] },
    });
    // the report at ten hours tells of the two minutes before it
    const report = FROM + hours(10).ms;
    await store(
      api,
      dayOf(seconds(10), rain, (at) => (at === report ? 12 : 0)),
    );
    const { page } = await openChart(browser, api, {
      station: 'PBG-W01',
      property: 'rainfall',
      about: 'jumlah per 2 menit',
    });
    const columns = await inkOf(page, { property: 'rainfall', colour: '--line-1', least: 0.8 });
    const high = columns.flatMap((column, x) => (column !== null && column.top < 0.5 ? [x] : []));
    const width = columns.length / DAY_MS;
    expect(high.length).toBeGreaterThan(0);
    expect(Math.min(...high)).toBeGreaterThanOrEqual(Math.floor((report - minutes(2).ms - FROM) * width) - 1);
    expect(Math.max(...high)).toBeLessThanOrEqual(Math.ceil((report - FROM) * width));
  });
});
