import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contrastOf, HAZARD_PALETTES, PALETTE_NAMES } from '#model/readings/palette.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';

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

  test('shows a range as it was chosen, and zooms by a drag or by buttons, in every chart and in the address', async () => {
    const api = await consoleApi();
    const young = Array.from({ length: 40 }, (_, i) => ({ observedAt: MORNING - i * 60_000, value: 30 + (i % 7) }));
    const both = ['pm2_5', 'pm10'].flatMap((property) => young.map((of) => aReading({ ...of, property })));
    await api.store.write(aBatch(both), never);
    const { page, objections } = await openPage(browser, `${api.url}/#/stations/ST1`, { locale: 'en-US' });
    const plot = (property: string) => page.locator(`.chart[data-property="${property}"] .plot`);
    const hoursOf = async (property: string) => Number(await plot(property).getAttribute('data-hours'));
    for (const property of ['pm2_5', 'pm10']) {
      await plot(property).waitFor();
      await eventually(async () => expect(await hoursOf(property)).toBe(24));
    }
    const over = plot('pm10').locator('.u-over');
    const box = await over.boundingBox();
    if (box === null) throw new Error('the chart is not shown');
    await over.hover({ position: { x: box.width / 2, y: 40 } });
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, box.y + 50, { steps: 4 });
    await page.mouse.up();
    await eventually(async () => {
      for (const property of ['pm2_5', 'pm10']) expect(Math.abs((await hoursOf(property)) - 12)).toBeLessThan(0.3);
    });
    expect(hashOf(page)).toMatch(/from=.*&to=/);
    await page.getByRole('button', { name: 'Perbesar' }).press('Enter');
    await page.locator('.chart[data-property="pm2_5"]').getByText('Tidak ada data dalam rentang ini').waitFor();
    await page.getByRole('button', { name: 'Lebih akhir' }).press('Enter');
    await eventually(async () => expect(Math.abs((await hoursOf('pm2_5')) - 6)).toBeLessThan(0.2));
    await page.getByRole('button', { name: 'Pilih' }).click();
    expect(await page.getByLabel('Sampai (WIB)').inputValue()).toBe('2026-11-24 10:00');
    expect(objections).toEqual([]);
  });

  test('moves the cursors of all charts together, with unit and seconds', async () => {
    const api = await consoleApi();
    const rows = Array.from({ length: 40 }, (_, i) => ({ observedAt: MORNING - i * 60_000, value: 30 }));
    await api.store.write(
      aBatch(['pm2_5', 'pm10'].flatMap((property) => rows.map((of) => aReading({ ...of, property })))),
      never,
    );
    const { page } = await openPage(browser, `${api.url}/#/stations/ST1?range=1h`);
    const legend = (property: string) => page.locator(`.chart[data-property="${property}"] .u-legend`);
    await legend('pm10').waitFor();
    const over = page.locator('.chart[data-property="pm10"] .u-over');
    let moves = 0;
    await eventually(async () => {
      // a chart that is drawn again has no cursor until the pointer moves
      const { width } = (await over.boundingBox()) ?? { width: 0 };
      moves += 1;
      await over.hover({ position: { x: width / 2 + (moves % 2), y: 40 } });
      for (const property of ['pm2_5', 'pm10']) {
        expect(await legend(property).innerText()).toMatch(/\d{2}\.\d{2}\.\d{2}[\s\S]*30,0 µg\/m³/);
      }
    });
  });

  test('colours the levels by the palette of the agency, with the word in each', async () => {
    const fill = async (settings: Readonly<Record<string, unknown>>): Promise<string> => {
      const { url } = await consoleApi(settings);
      const { page } = await openPage(browser, url);
      const badge = page.locator('[data-station="PBG-R03"] .hazard.rank-2');
      await badge.getByText('Siaga').waitFor();
      await page.locator('html[data-palette]').waitFor();
      return page.evaluate<string>(
        `getComputedStyle(document.querySelector('[data-station="PBG-R03"] .hazard')).backgroundColor`,
      );
    };
    expect(await fill({})).toBe('rgb(240, 125, 0)');
    expect(await fill({ palette: 'television' })).toBe('rgb(242, 194, 0)');
  });

  test.for(
    PALETTE_NAMES.flatMap((palette) => (['light', 'dark'] as const).map((scheme) => [palette, scheme] as const)),
  )('has the colours of the palette %s from the model, and texts that can be read: %s', async ([palette, scheme]) => {
    const { url } = await consoleApi({ palette });
    const { page } = await openPage(browser, url, { colorScheme: scheme });
    await page.locator(`html[data-palette="${palette}"]`).waitFor();
    await page.locator('[data-station="PBG-R03"] .hazard.rank-2').waitFor();
    const coloursOf = async (classes: string, name: 'color' | 'backgroundColor'): Promise<string> =>
      z.string().parse(
        await page.evaluate(`(() => {
          const shown = document.createElement('span');
          shown.className = '${classes}';
          document.querySelector('#main').append(shown);
          const [context] = [new OffscreenCanvas(1, 1).getContext('2d')];
          context.fillStyle = getComputedStyle(shown).${name};
          context.fillRect(0, 0, 1, 1);
          shown.remove();
          const hex = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part.toString(16).padStart(2, '0'));
          return '#' + hex.join('');
        })()`),
      );
    for (const rank of [1, 2, 3] as const) {
      const fill = await coloursOf(`hazard rank-${rank}`, 'backgroundColor');
      expect(fill).toBe(HAZARD_PALETTES[palette][rank]);
      expect(contrastOf(fill, await coloursOf(`hazard rank-${rank}`, 'color')), fill).toBeGreaterThanOrEqual(4.5);
    }
    for (const surface of ['card', 'skip']) {
      const card = await coloursOf(surface, 'backgroundColor');
      for (const kind of ['minor', 'moderate', 'severe', 'extreme', 'system', 'good', 'suspect', 'fail', 'unknown']) {
        const ink = await coloursOf(`badge ${kind}`, 'color');
        expect(contrastOf(card, ink), `${kind} ${ink} on ${card}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test('searches, sorts and filters devices in the address, and draws of 1,000 those near the screen', async () => {
    const { url, operations } = await consoleApi();
    const ids = Array.from({ length: 1_000 }, (_, i) => `many-${1_000 + i}`);
    await operations.changeRegistry(ids.map((id) => ({ kind: 'put-device', device: aDevice({ id }) }) as const));
    const { page, objections } = await openPage(browser, `${url}/#/fleet?sort=-device`);
    await page.locator('[data-row="pbg-r03"]').waitFor();
    expect(await page.locator('[data-found="1002"]').count()).toBe(1);
    expect(await page.locator('[data-row]').count()).toBeLessThan(200);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await page.locator('[data-row="dev-1"]').waitFor();
    await page.getByRole('searchbox').fill('many-1999');
    await page.locator('[data-found="1"]').waitFor();
    expect(hashOf(page)).toBe('#/fleet?sort=-device&q=many-1999');
    await page.reload();
    await page.locator('[data-row="many-1999"]').waitFor();
    expect(objections).toEqual([]);
  });
});
