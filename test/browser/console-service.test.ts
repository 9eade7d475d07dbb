import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { eventually } from '#test/support/eventually.ts';
import { testService } from '#test/support/servers/service.ts';

describe.skipIf(!hasChromium)('the console of a real service with the demo fleet', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('shows the fleet, its first alert with the person who acknowledged it, and that nothing was lost', async () => {
    const service = await testService({ upWith: ['--demo'] });
    await service.ready();
    const { page, objections, asked } = await openPage(browser, service.url);
    await page.locator('[data-marker="PBG-R03"]').waitFor();
    await eventually(async () => expect(await page.locator('[data-marker]').count()).toBe(16));
    const fire = page.locator('[data-state="firing"]').first();
    await fire.waitFor();

    await page.goto(`${service.url}/#/alerts`);
    await fire.getByRole('button', { name: 'Tandai ditangani' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Tandai ditangani' }).click();
    await page.locator('[data-acknowledged]').getByText('Ditangani Demo').first().waitFor();

    await page.goto(`${service.url}/#/stations/PBG-R03`);
    await page.locator('.chart[data-property="stage"] [data-drawn]').waitFor();
    await page.goto(`${service.url}/#/pipeline`);
    await page.locator('[data-balanced="true"]').waitFor();
    expect(asked.filter((address) => !address.startsWith(service.url))).toEqual([]);
    expect(objections).toEqual([]);
  });
});
