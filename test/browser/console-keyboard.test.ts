import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aMember, PASSWORD } from '#test/support/clients/people.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';

/** More than any page here has places for the focus. */
const MOST_TABS = 120;

/** Presses Tab until the focus is on an element, which must be seen to have it. */
const tabTo = async (page: Page, selector: string): Promise<void> => {
  await page.locator(selector).first().waitFor();
  for (let i = 0; i < MOST_TABS; i += 1) {
    await page.keyboard.press('Tab');
    const isThere = await page.evaluate<boolean>(
      `document.activeElement?.matches(${JSON.stringify(selector)}) === true`,
    );
    if (!isThere) continue;
    const ring = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    expect(ring, selector).not.toBe('none');
    return;
  }
  throw new Error(`no Tab leads to ${selector}`);
};

const press = async (page: Page, selector: string): Promise<void> => {
  await tabTo(page, selector);
  await page.keyboard.press('Enter');
};

describe.skipIf(!hasChromium)('the keyboard alone', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('signs in, acknowledges an alert, and zooms and moves the chart', async () => {
    const api = await consoleApi();
    await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
    const stage = { station: 'PBG-R03', device: 'pbg-r03', family: 'river', property: 'stage' };
    const rows = Array.from({ length: 40 }, (_, i) =>
      aReading({ ...stage, observedAt: MORNING - i * 60_000, value: 3 }),
    );
    await api.store.write(aBatch(rows), never);
    const { page, objections } = await openPage(browser, api.url);

    await press(page, 'a.person');
    await tabTo(page, '[name="login"]');
    await page.keyboard.type('sari');
    await tabTo(page, '[name="password"]');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('[data-person-name]').getByText('Sari').waitFor();

    await press(page, 'nav a[href="#/alerts"]');
    await press(page, '[data-alert="7"] .actions .primary');
    const note = page.getByRole('dialog').locator('[name="note"]');
    await eventually(async () => expect(await note.evaluate((field) => field.matches(':focus'))).toBe(true));
    await page.keyboard.type('petugas di lokasi');
    await press(page, 'dialog [type="submit"]');
    await page.locator('[data-alert="7"] [data-acknowledged]').getByText('petugas di lokasi').waitFor();
    expect(api.operations.alert(7)?.acknowledged?.by).toBe('Sari');

    await press(page, '[data-alert="7"] a');
    const plot = page.locator('.chart[data-property="stage"] .plot');
    await plot.waitFor();
    const hours = async (): Promise<number> => Number(await plot.getAttribute('data-hours'));
    await eventually(async () => expect(await hours()).toBe(24));
    await press(page, '[aria-label="Lebih akhir"]');
    await press(page, '[aria-label="Perbesar"]');
    await eventually(async () => expect(Math.round(await hours())).toBe(12));
    await press(page, '[aria-label="Perkecil"]');
    await eventually(async () => expect(Math.round(await hours())).toBe(24));
    expect(objections).toEqual([]);
  });
});
