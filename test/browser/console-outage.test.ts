import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_COLOUR } from '#model/readings/palette.ts';
import { ISPU_CATEGORIES } from '#science/air/ispu-categories.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { anAlert, type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';

const STATIONS = Array.from({ length: 24 }, (_, i) => `PBG-A${100 + i}`);

/** 24 stations whose devices never sent, each with an alert, beside the river above its level. */
const withOutage = async (): Promise<ConsoleApi> => {
  const api = await consoleApi();
  await api.operations.changeRegistry(
    STATIONS.flatMap((id) => [
      { kind: 'put-station', station: aStation({ id, family: 'air', name: `Pos ${id}` }) } as const,
      {
        kind: 'put-device',
        device: aDevice({ id: id.toLowerCase(), assignments: [{ station: id, from: 0 }] }),
      } as const,
    ]),
  );
  const silent = STATIONS.map((station, i) =>
    anAlert({
      id: 100 + i,
      rule: 'device-silent',
      station,
      device: station.toLowerCase(),
      severity: 'moderate',
      title: { id: 'Perangkat tidak mengirim data', en: 'Silent device' },
      detail: { id: `${station} tidak mengirim data`, en: `${station} is silent` },
    }),
  );
  await api.operations.commitAlerts({ alerts: silent, events: [], messages: [] });
  return api;
};

describe.skipIf(!hasChromium)('an outage in the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('is one row, below the hazards, in the colour of the system, and each alert stands behind it', async () => {
    const { url } = await withOutage();
    const { page, objections } = await openPage(browser, url);
    const outage = page.locator('[data-outage="device-silent"]');
    await outage.getByText('24 perangkat').waitFor();
    expect(await outage.count()).toBe(1);
    expect(await page.locator('.alert-lines > li').first().getAttribute('data-alert')).toBe('7');
    expect(await page.locator('.alert-lines > li').count()).toBe(2);
    await page.goto(`${url}/#/alerts`);
    await outage.getByText('24 perangkat').waitFor();
    expect(await page.locator('[data-alert="123"]').isVisible()).toBe(false);
    await outage.locator('summary').first().click();
    await page.locator('[data-alert="123"]').getByRole('button', { name: 'Tandai ditangani' }).waitFor();
    expect(objections).toEqual([]);
  });

  test('does not look calm, and gives no station a colour of a hazard', async () => {
    const { url } = await withOutage();
    const { page } = await openPage(browser, url);
    const online = page.locator('.count-card', { hasText: 'perangkat terhubung' });
    await online.getByText('1/26').waitFor();
    const border = await page.evaluate(`(() => {
      const card = [...document.querySelectorAll('.count-card')].find((each) => each.innerText.includes('terhubung'));
      const { borderTopStyle, borderTopColor } = getComputedStyle(card);
      return borderTopStyle + ' ' + borderTopColor;
    })()`);
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(SYSTEM_COLOUR.slice(at, at + 2), 16));
    expect(border).toBe(`dashed rgb(${red}, ${green}, ${blue})`);
    for (const id of STATIONS) {
      const look = page.locator(`[data-station="${id}"] .look`);
      expect(await look.getAttribute('data-tone')).toBe('not-known');
      expect(await look.locator('.rank-1, .rank-2, .rank-3, .normal').count()).toBe(0);
    }
  });

  test('and the quality of a value use no word of an ISPU category', async () => {
    const { url } = await withOutage();
    const { page } = await openPage(browser, url);
    const categories = ISPU_CATEGORIES.map(({ words: { id } }) => id.toLowerCase());
    expect(categories).toContain('baik');
    for (const path of ['/', '/#/stations/ST1', '/#/alerts', '/#/fleet']) {
      await page.goto(`${url}${path}`);
      await page.locator('[data-line="live"]').waitFor();
      await page.locator('#main h1, #main h2').first().waitFor();
      const text = (await page.locator('#main').innerText()).toLowerCase();
      for (const word of categories) expect(text.split(/[\s,.:]+/), `${path}: ${word}`).not.toContain(word);
    }
  });
});
