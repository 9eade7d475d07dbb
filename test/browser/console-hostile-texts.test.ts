import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyAssault, assault, startWorld } from '#test/support/builders/assault.ts';
import { aMemberOver, signInOn } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';

/** Begins every text; a page that takes it for markup runs it. */
const MARKUP = '<img src=x onerror="document.broken=1">{{7*7}}';

/** Pages, each with whether it shows a text of a sender or a person. */
const PAGES = [
  ['#/', true],
  ['#/alerts', true],
  ['#/fleet', true],
  ['#/pipeline', false],
  ['#/quarantine', true],
  ['#/people', true],
  ['#/audit', true],
  ['#/account', true],
  ['#/stations/AIR', false],
  ['#/stations/BIN', false],
  ['#/stations/T0', true],
  ['#/devices/air-1', true],
  ['#/devices/t0', true],
] as const;

/** All that a person can read of the content of a page, in its closed parts and fields too. */
const shownOn = async (page: Page): Promise<string> => {
  await page.locator('details').evaluateAll((all) => {
    for (const one of all) one.setAttribute('open', '');
  });
  const fields = await page
    .locator('input, textarea')
    .evaluateAll((all) => all.map((one) => Reflect.get(one, 'value')));
  return [await page.locator('main').innerText(), ...fields].join('\n');
};

describe.skipIf(!hasChromium)('the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('shows stored texts of any characters as text, on every page', async () => {
    const world = await startWorld();
    const { service } = world;
    await aMemberOver(service.url, service.operatorToken(), { login: 'budi', name: MARKUP, role: 'operator' });
    const { page, objections } = await openPage(browser, service.url);
    await page.getByRole('link', { name: 'Masuk' }).click();
    await signInOn(page, 'budi');
    await page.locator('[data-person-name]').waitFor();
    await fc.assert(
      fc.asyncProperty(anyAssault, async ({ texts, payloads }) => {
        const refused = ['json', Buffer.from(JSON.stringify({ values: { [MARKUP]: 1 } }))] as const;
        await assault(world, { texts: texts.map((text) => `${MARKUP}${text}`), payloads: [...payloads, refused] });
        for (const [path, isShown] of PAGES) {
          await page.goto(`${service.url}/${path}`);
          await page.reload();
          await page.locator('main h1, main h2').first().waitFor();
          await eventually(async () => expect(await shownOn(page), path).toContain(isShown ? '<img src=x' : ''));
          expect(await page.locator('img[src="x"]').count(), path).toBe(0);
          expect(await page.evaluate('document.broken'), path).toBeUndefined();
          expect(objections, path).toEqual([]);
        }
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });
});
