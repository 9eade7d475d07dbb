import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { withClosing } from '#bench/closing.ts';
import { makeRows } from '#bench/growth/table.ts';
import type { RowResult } from '#bench/report/figure.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Service, startService } from '#bench/service/service.ts';
import { DIST, firstPageFiles } from '#dashboards/console/built.ts';
import { days, minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';

const STATIONS = 2_000;
/** A year at a value each minute. */
const YEAR_ROWS = 525_600;
/** Time in which the page is followed for long tasks, after its list is shown. */
const FOLLOWED = 10;
const CHROMIUM = '/usr/bin/chromium';
const TIMEOUT = minutes(5);

/** Gzipped bytes of the script and the style that the first page needs, without the map. */
const mainBundle = (): number =>
  firstPageFiles().reduce((sum, path) => sum + readFileSync(join(DIST, `${path}.gz`)).byteLength, 0) / 1_000;

/** One value of one device, of which the rows of a year are made. */
const sendOne = async (service: Service, url: string, { clock }: Bench): Promise<void> => {
  const [device] = await service.register(STATIONS, STATIONS);
  if (device === undefined) throw new Error('no device was registered');
  const answer = await fetch(`${url}/v1/devices/${device.id}/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${device.password}`, 'content-type': 'application/json' },
    body: JSON.stringify({ time: formatInstant(clock.now()), values: { pm2_5: 30 } }),
  });
  if (answer.status !== 202) throw new Error(`the reading was answered with ${answer.status}`);
};

const urlOf = (service: Service): string => z.string().parse(service.ingest?.ready['url']);

const WATCH = `
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: 'longtask', buffered: true });
`;

const numberIn = async (page: Page, script: string): Promise<number> => z.number().parse(await page.evaluate(script));

const openOverview = async (browser: Browser, url: string): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  page.setDefaultTimeout(TIMEOUT.ms);
  await page.addInitScript(WATCH);
  await page.goto(url);
  await page.locator('[data-station]').first().waitFor();
  return page;
};

/** Time from opening the station until the line of a year is drawn, ms. */
const timeOfYear = async (page: Page, service: Service, { clock }: Bench): Promise<number> => {
  const to = clock.now();
  const query = new URLSearchParams({ from: formatInstant(to - days(365).ms), to: formatInstant(to) });
  const began = await numberIn(
    page,
    `location.hash = '#/stations/${service.stationOf(0)}?${query}', performance.now()`,
  );
  await page.locator('[data-property="pm2_5"] [data-drawn]').waitFor();
  return (await numberIn(page, 'performance.now()')) - began;
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    await sendOne(service, urlOf(service), bench);
    while ((await service.figures()).get('klawing_ingest_readings_total{outcome="stored"}') !== 1) {
      await bench.clock.sleep({ ms: 200 });
    }
    await service.stopIngest();
    await makeRows(service.folder, { rows: YEAR_ROWS, until: bench.clock.now(), say: bench.say });
    await service.startIngest();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    closing.use({ stop: () => browser.close() });
    const page = await openOverview(browser, urlOf(service));
    const paint = await numberIn(page, `performance.getEntriesByName('first-contentful-paint')[0].startTime`);
    await bench.clock.sleep({ ms: FOLLOWED * 1_000 });
    await page.mouse.wheel(0, 20_000);
    await page.getByRole('searchbox').fill('Bench 19');
    await bench.clock.sleep({ ms: 1_000 });
    const longest = await numberIn(page, 'window.longest');
    const year = await timeOfYear(page, service, bench);
    return {
      row: 'console',
      setting: `${STATIONS.toLocaleString('en')} stations in the overview, followed for ${FOLLOWED} s, scrolled and searched; then a year at one value a minute (${YEAR_ROWS.toLocaleString('en')} rows)`,
      figures: [
        { name: 'first paint', value: paint, unit: 'ms', atMost: 1_000 },
        { name: 'main bundle without the map, gzipped', value: mainBundle(), unit: 'kB', atMost: 90 },
        { name: 'longest task of the page', value: longest, unit: 'ms', atMost: 100 },
        { name: 'a year drawn', value: year, unit: 'ms', atMost: 1_000 },
      ],
      notes: [],
    };
  });

export const consoleRow: Row = { name: 'console', title: 'The console', measure };
