import type { Browser, Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { days, minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { TestApi } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { faketime, hasFaketime } from '#test/support/clocks/faketime.ts';
import { aBatch, aReading, MORNING } from '#test/support/builders/readings.ts';

const neverAborted = new AbortController().signal;

/** A browser on a device whose clock is years off from that of the API, which stands in a morning of 2026. */
const browserWithClock = async (years: number): Promise<Browser> => {
  // by its own date, not by its distance from the clock of the machine, which a run may have moved
  const begin = `@${formatInstant(MORNING + years * days(365).ms)
    .slice(0, 19)
    .replace('T', ' ')}`;
  const browser = await startChromium('no-webgl', faketime({ FAKETIME: begin }));
  onTestFinished(() => browser.close());
  return browser;
};

/** An API with a value each ten minutes over five hours, the newest fifteen minutes old: five in an hour, on a slow machine too. */
const apiWithValues = async (): Promise<TestApi> => {
  const api = await consoleApi();
  const times = Array.from({ length: 30 }, (_, i) => MORNING - minutes(15 + 10 * i).ms);
  await api.store.write(aBatch(times.map((observedAt) => aReading({ observedAt }))), neverAborted);
  const observedAt = MORNING - minutes(15).ms;
  const values = [aLatest({ observedAt }), aLatest({ property: 'pm10', observedAt })];
  await api.operations.commitAlerted({
    cursor: { journal: 'j-1', sequence: 2 },
    latest: values,
    presence: [],
    seen: [],
  });
  return api;
};

const browserYear = async (page: Page): Promise<unknown> => page.evaluate('new Date().getUTCFullYear()');

/** Begins of the ledgers that a page has asked for, ms since 1970. */
const ledgersOf = (asked: readonly string[]): readonly number[] =>
  asked
    .map((address) => new URL(address))
    .filter(({ pathname }) => pathname === '/v1/ledger')
    .map(({ searchParams }) => Date.parse(searchParams.get('from') ?? ''));

describe.skipIf(!hasChromium || !hasFaketime).for([-4, 3])('on a device whose clock is %i years off', (years) => {
  test('the ages of values are those of the service', async () => {
    const { url } = await apiWithValues();
    const { page } = await openPage(await browserWithClock(years), url);
    await page
      .locator('[data-station="ST1"]')
      .getByText(/\b1\d mnt/)
      .waitFor();
    expect(await browserYear(page)).toBe(2026 + years);
    await page.goto(`${url}/#/stations/ST1`);
    await page
      .locator('[data-value="pm2_5"]')
      .getByText(/\b1\d mnt/)
      .waitFor();
    await page.goto(`${url}/#/fleet`);
    await page
      .locator('[data-row="dev-1"]')
      .getByText(/^\d+ (dtk|mnt) lalu$/)
      .waitFor();
  });

  test('a chart shows the last hour, and a range of one’s own begins at the time of the service', async () => {
    const { url } = await apiWithValues();
    const { page, objections } = await openPage(await browserWithClock(years), `${url}/#/stations/ST1`);
    const drawn = page.locator('.chart[data-property="pm2_5"] [data-drawn]');
    await drawn.waitFor();
    expect(await drawn.getAttribute('data-drawn')).toBe('30');
    await page.getByRole('button', { name: '1 jam' }).click();
    await page.locator('.chart[data-property="pm2_5"] [data-drawn="5"]').waitFor();
    await page.getByRole('button', { name: 'Pilih' }).click();
    expect(await page.getByLabel('Sampai (WIB)').inputValue()).toMatch(/^2026-11-24 10:0\d$/);
    await page.getByRole('button', { name: 'OK' }).click();
    await page.locator('.chart[data-property="pm2_5"] [data-drawn="30"]').waitFor();
    expect(objections).toEqual([]);
  });

  test('the ledger is that of the last day, and follows when the clock of the service is set', async () => {
    const { url, clock } = await apiWithValues();
    const { page, asked, objections } = await openPage(await browserWithClock(years), `${url}/#/pipeline`);
    await page.locator('[data-balanced="true"]').waitFor();
    const firsts = ledgersOf(asked);
    for (const from of firsts) expect(formatInstant(from)).toMatch(/^2026-11-23T03:0\d:/);
    clock.set(MORNING + days(7).ms);
    await eventually(() => {
      expect(formatInstant(ledgersOf(asked).at(-1) ?? 0)).toMatch(/^2026-11-30T03:0\d:/);
    });
    expect(objections).toEqual([]);
  });
});
