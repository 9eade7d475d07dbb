import { accessSync, constants } from 'node:fs';
import { type Browser, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { LatestValue } from '#ingest/operations/operations.ts';
import { FLAG } from '#model/flag.ts';
import { testApi } from '#test/support/api.ts';

const CHROMIUM = '/usr/bin/chromium';
const isInstalled = ((): boolean => {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
})();

const AT = 1_795_489_200_000;

const latest = (value: number, observedAt: number): LatestValue => ({
  station: 'ST1',
  device: 'dev-1',
  family: 'air',
  property: 'pm2_5',
  value,
  flag: FLAG.SUSPECT,
  observedAt,
  receivedAt: observedAt,
  timedBy: 'device',
});

describe.skipIf(!isInstalled)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  /** Opens the page of an API with one station, and collects whatever the browser objects to. */
  const open = async (locale: string) => {
    const api = await testApi();
    await api.operations.watched({
      cursor: { journal: 'j', sequence: 1 },
      latest: [latest(38.5, AT)],
      presence: [],
      seen: [],
    });
    const context = await browser.newContext({ locale });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const objections: string[] = [];
    page.on('pageerror', (error) => objections.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') objections.push(message.text());
    });
    await page.goto(api.url);
    await page.getByRole('heading', { name: 'Bukateja' }).waitFor();
    return { api, page, objections };
  };

  const valueOf = (page: Page) => page.locator('[data-station="ST1"] tr[data-property="pm2_5"]');

  test('shows every station with its newest value, unit and flag', async () => {
    const { page, objections } = await open('id-ID');
    const row = await valueOf(page).innerText();
    expect(row).toContain('PM2,5');
    expect(row).toContain('38,5');
    expect(row).toContain('µg/m³');
    expect(objections).toEqual([]);
  });

  test('shows a new value as it comes, without being asked', async () => {
    const { api, page } = await open('id-ID');
    await page.locator('#line[data-text="live"]').waitFor();
    api.live.latest([latest(41.2, AT + 60_000)]);
    await valueOf(page).filter({ hasText: '41,2' }).waitFor();
  });

  test('speaks both languages', async () => {
    const { page, objections } = await open('id-ID');
    await page.locator('html[lang="id"]').waitFor();
    await page.locator('#language').click();
    await page.locator('html[lang="en"]').waitFor();
    expect(await valueOf(page).innerText()).toContain('PM2.5');
    expect(objections).toEqual([]);
  });

  test('loads nothing from elsewhere', async () => {
    const { api, page } = await open('id-ID');
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(api.url)) elsewhere.push(request.url());
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Bukateja' }).waitFor();
    expect(elsewhere).toEqual([]);
  });
});
