import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seconds } from '#model/base/duration.ts';
import { aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { oneWithin } from '#test/support/one-within.ts';
import { startTcpProxy } from '#test/support/servers/tcp-proxy.ts';

const PAGES = ['/', '/#/stations/PBG-R03', '/#/alerts', '/#/fleet', '/#/devices/dev-1', '/#/pipeline', '/#/quarantine'];

const live = (page: Page) => page.locator('[data-line="live"]');
const hashOf = (page: Page): string => new URL(page.url()).hash;

describe.skipIf(!hasChromium)('the frame of the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('keeps the range and the filters in the address, over a reload too', async () => {
    const { url } = await consoleApi();
    const { page, objections } = await openPage(browser, `${url}/#/stations/PBG-R03`);
    await page.getByRole('button', { name: '7 hari' }).click();
    expect(hashOf(page)).toBe('#/stations/PBG-R03?range=7d');
    await page.reload();
    await page.locator('button[aria-pressed="true"]', { hasText: '7 hari' }).waitFor();
    await page.goto(`${url}/#/quarantine?state=replayed&device=dev-1`);
    await page.locator('button[aria-pressed="true"]', { hasText: 'diproses ulang' }).waitFor();
    expect(await page.getByPlaceholder('semua perangkat').inputValue()).toBe('dev-1');
    await page.getByRole('button', { name: 'semua', exact: true }).click();
    expect(hashOf(page)).toBe('#/quarantine?state=every&device=dev-1');
    expect(objections).toEqual([]);
  });

  test('moves the focus to a page that is opened, names it, and returns to where the last was left', async () => {
    const { url, operations } = await consoleApi();
    const many = Array.from({ length: 40 }, (_, i) => `PBG-A${100 + i}`);
    await operations.changeRegistry(
      many.map((id) => ({ kind: 'put-station', station: aStation({ id, family: 'air', name: id }) }) as const),
    );
    const { page } = await openPage(browser, url);
    const last = page.locator('[data-station="PBG-A139"] a');
    await last.scrollIntoViewIfNeeded();
    const top = await page.evaluate<number>('scrollY');
    expect(top).toBeGreaterThan(500);
    await last.click();
    await page.getByRole('heading', { level: 1, name: 'PBG-A139' }).waitFor();
    expect(await page.evaluate('scrollY')).toBe(0);
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    expect(await page.title()).toContain('PBG-A139');
    await page.goBack();
    await eventually(async () => expect(await page.evaluate('scrollY')).toBe(top));
    expect(await page.title()).toBe('Ikhtisar – Klawing');
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: 'PBG-A139' }).waitFor();
  });

  test('says on every page within 20 s that the API is gone, and that its data are old', async () => {
    const api = await consoleApi();
    const proxy = await startTcpProxy(api.url);
    const pages = await Promise.all(PAGES.map(async (path) => (await openPage(browser, `${proxy.url}${path}`)).page));
    const open = async (): Promise<void> => {
      proxy.heal();
      for (const page of pages) {
        await live(page).waitFor();
        await eventually(async () => expect(await page.locator('[data-remote="stale"]').count()).toBe(0));
      }
    };
    await oneWithin(seconds(20), open, async () => {
      proxy.stall();
      await Promise.all(
        pages.map(async (page) => {
          await page.locator('[data-line="lost"]').waitFor();
          await page.locator('[data-remote="stale"], [data-alerts="stale"]').first().waitFor();
        }),
      );
    });
    for (const page of pages) {
      const text = await page.locator('#main').innerText();
      expect(text).not.toMatch(/Failed to fetch|Tidak ada peringatan aktif|Semua perangkat mengirim|Tidak ada paket/);
    }
  });

  test('says on every page that nothing could be read, in the words of the page', async () => {
    const { url } = await consoleApi();
    const { page } = await openPage(browser, url, {}, async (opened) => {
      await opened.route('**/v1/**', (route) => route.abort());
    });
    for (const path of PAGES) {
      await page.goto(`${url}${path}`);
      await page.locator('[data-line="lost"]').waitFor();
      await page.getByText('layanan tidak menjawab').or(page.locator('[data-alerts="failed"]')).first().waitFor();
      expect(await page.locator('body').innerText()).not.toMatch(/Failed to fetch|undefined|NetworkError/);
    }
  });

  test('tells a refusal in the language of the page', async () => {
    const { url } = await consoleApi();
    const problem = { code: 'STORE_UNREACHABLE', detail: 'the store did not answer: away', status: 503 };
    const { page } = await openPage(browser, `${url}/#/quarantine`, {}, async (opened) => {
      await opened.route('**/v1/quarantine?**', (route) => route.fulfill({ status: 503, json: problem }));
    });
    await page.getByRole('alert').getByText('penyimpanan data tidak menjawab').waitFor();
    expect(await page.getByRole('alert').innerText()).not.toContain('the store');
    await page.locator('#language').click();
    await page.getByRole('alert').getByText('the store did not answer: away').waitFor();
  });
});
