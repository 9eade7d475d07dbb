import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { TestApi } from '#test/support/servers/api.ts';
import { hasChromium, openPage, PHONE, startChromium } from '#test/support/servers/chromium.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { aBatch, aReading, MORNING } from '#test/support/builders/readings.ts';
import { days, hours, minutes } from '#model/base/duration.ts';
import { FLAG } from '#model/readings/flag.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';

const YEAR_OF_MINUTES = 525_600;
/** Rows that are offered to the store at one time. */
const BATCH = 50_000;

const neverAborted = new AbortController().signal;

/** One value a minute, up to the morning of the API's clock; one in a hundred suspect, one in two hundred failed. */
const minuteByMinute = async (api: TestApi, count: number): Promise<void> => {
  const at = (i: number): Qualified => {
    const flag = i % 200 === 50 ? FLAG.FAIL : i % 100 === 0 ? FLAG.SUSPECT : FLAG.GOOD;
    const observedAt = MORNING - (count - i) * minutes(1).ms;
    const value = 30 + 20 * Math.sin(i / 229) + (i % 7);
    return aReading({ property: 'pm2_5', value: flag === FLAG.FAIL ? 900 : value, flag, observedAt });
  };
  for (let from = 0; from < count; from += BATCH) {
    const readings = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => at(from + i));
    await api.store.write(aBatch(readings), neverAborted);
  }
};

/** A moment as a field for date and time holds it, in WIB. */
const inWib = (at: Instant): string => formatInstant(at + hours(7).ms).slice(0, 16);

const chart = (page: Page, property: string) => page.locator(`.chart[data-property="${property}"]`);
const drawn = (page: Page, property: string) => chart(page, property).locator('[data-drawn]');

describe.skipIf(!hasChromium)('the series of a station', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('shows every value of a day, with how many are doubtful, and its extremes in words', async () => {
    const api = await consoleApi();
    await minuteByMinute(api, 1_400);
    const { page, objections } = await openPage(browser, `${api.url}/#/stations/ST1`);
    await drawn(page, 'pm2_5').waitFor();
    await chart(page, 'pm2_5').getByText('setiap nilai · 14 diragukan, 7 gagal uji').waitFor();
    const told = await drawn(page, 'pm2_5').getAttribute('aria-label');
    expect(told).toMatch(/^PM2,5: terendah 1\d,\d µg\/m³, tertinggi 5\d,\d µg\/m³, terakhir /);
    expect(objections).toEqual([]);
  });

  test('answers a week in means, and a range of one’s own', async () => {
    const api = await consoleApi();
    await minuteByMinute(api, days(8).ms / minutes(1).ms);
    const { page } = await openPage(browser, `${api.url}/#/stations/ST1`, { viewport: PHONE });
    await page.getByRole('button', { name: '7 hari' }).click();
    await chart(page, 'pm2_5').getByText('rata-rata per 15 menit').waitFor();
    await page.getByRole('button', { name: 'Pilih' }).click();
    const wib = inWib(MORNING - days(2).ms);
    await page.getByLabel('Dari (WIB)').fill(wib);
    await page.getByRole('button', { name: 'OK' }).click();
    await chart(page, 'pm2_5').getByText('rata-rata per 5 menit').waitFor();
  });

  test('is saved as CSV', async () => {
    const api = await consoleApi();
    await minuteByMinute(api, 1_400);
    const { page } = await openPage(browser, `${api.url}/#/stations/ST1`);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Unduh CSV PM2,5' }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toMatch(/^ST1_pm2_5_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split(/\r?\n/);
    expect(lines[0]).toBe('observed_at,device,property,value,flag,unit,timed_by,level,raw,version,tests');
    expect(lines).toHaveLength(1_401);
  });

  test('draws a year of one-minute data of one property, and says after how long', async () => {
    const api = await consoleApi();
    await minuteByMinute(api, YEAR_OF_MINUTES);
    const { page } = await openPage(browser, `${api.url}/#/stations/ST1`);
    await drawn(page, 'pm2_5').waitFor();
    await page.getByRole('button', { name: 'Pilih' }).click();
    const wib = inWib(MORNING - days(365).ms);
    await page.getByLabel('Dari (WIB)').fill(wib);
    // from the click to the canvas, in the page's own time
    await page.evaluate(`{
      const from = performance.now();
      const plot = document.querySelector('.chart[data-property="pm2_5"]');
      new MutationObserver((_, observer) => {
        if (!plot.textContent.includes('12 jam')) return;
        observer.disconnect();
        requestAnimationFrame(() => { window.drawnAfter = performance.now() - from; });
      }).observe(plot, { subtree: true, childList: true, characterData: true });
      document.querySelector('.custom-range button').click();
    }`);
    await chart(page, 'pm2_5').getByText('rata-rata per 12 jam').waitFor();
    await page.waitForFunction('window.drawnAfter !== undefined');
    const took = z.number().parse(await page.evaluate('window.drawnAfter'));
    process.stdout.write(`a year of one-minute data drawn in ${Math.round(took)} ms\n`);
  });
});
