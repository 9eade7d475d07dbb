import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { aDevice, aStation, READER, type TestApi, testApi } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import type { LatestValue } from '#ingest/operations/operations.ts';

const CHROMIUM = '/usr/bin/chromium';

/** The browser reads its own clock for ages. */
const now = (): number => Math.floor(performance.timeOrigin + performance.now());

const value = (given: Partial<LatestValue> = {}): LatestValue => ({
  station: 'ST1',
  device: 'dev-1',
  family: 'air',
  property: 'pm2_5',
  value: 38.5,
  flag: 1,
  observedAt: now() - 21_000,
  receivedAt: now() - 20_000,
  timedBy: 'device',
  ...given,
});

const started = async (): Promise<TestApi> => {
  const api = await testApi();
  await api.operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'PBG-R03', family: 'river', name: 'Klawing – Bancar' }) },
    { kind: 'put-device', device: aDevice({ id: 'pbg-r03', assignments: [{ station: 'PBG-R03', from: 0 }] }) },
  ]);
  await api.operations.watched({
    cursor: { journal: 'j-1', sequence: 1 },
    latest: [value(), value({ property: 'pm10', value: 61, flag: 3 }), value({ property: 'temperature', value: 27.1 })],
    presence: [{ device: 'dev-1', state: 'online', since: api.clock.now(), connection: 1 }],
    seen: [{ device: 'dev-1', receivedAt: api.clock.now() }],
  });
  return api;
};

const card = (page: Page, station: string) => page.locator(`[data-station="${station}"]`);

describe.skipIf(!existsSync(CHROMIUM))('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  const open = async (url: string, headers: Readonly<Record<string, string>> = {}, width = 1_100): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 760 }, extraHTTPHeaders: headers });
    onTestFinished(() => page.close());
    await page.goto(url);
    return page;
  };

  test('fits a phone', async () => {
    const api = await started();
    const page = await open(api.url, {}, 360);
    await card(page, 'ST1').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const table = await card(page, 'ST1').locator('table').boundingBox();
    const whole = await card(page, 'ST1').boundingBox();
    if (table === null || whole === null) throw new Error('the card is not shown');
    expect(table.x + table.width).toBeLessThan(whole.x + whole.width);
  });

  test('asks for the token behind a proxy, once, and is live with it', async () => {
    const api = await started();
    const page = await open(api.url, { 'x-forwarded-for': '203.0.113.7' });
    await page.locator('#token').fill('wrong');
    await page.locator('#door button').click();
    await eventually(async () => expect(await page.locator('#line').textContent()).toBe('Token itu tidak diterima.'));
    await page.locator('#token').fill(READER);
    await page.locator('#door button').click();
    await eventually(async () => expect(await page.locator('#line').textContent()).toBe('Langsung'));
    expect(await page.locator('#door').isVisible()).toBe(false);
    await page.reload();
    await card(page, 'ST1').waitFor();
  });
});
