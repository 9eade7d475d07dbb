import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AccountSettings } from '#accounts/settings.ts';
import { indonesian } from '#dashboards/console/text/catalogue-id.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { type ConsolePath, everyPage } from '#test/support/clients/console-routes.ts';
import { aMember, aPersonWith, asSignedIn, signInOn } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';
import { oneWithin } from '#test/support/one-within.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { CUTS, startGateway } from '#test/support/servers/gateway.ts';

/** What is said of a service that answers. */
const CLAIMS = [
  indonesian.alert.noneStanding(''),
  indonesian.alert.nonePending,
  indonesian.alert.noneResolved,
  indonesian.alert.noneSilences,
  indonesian.alert.onlyPending,
  indonesian.nobodySilent,
  indonesian.noStations,
  indonesian.unknownStation,
  indonesian.pipeline.quarantineEmpty,
  indonesian.pipeline.balanced,
  indonesian.pipeline.works,
  indonesian.deviceControl.noCommands,
  indonesian.deviceControl.unknownDevice,
  indonesian.people.noEntries,
  indonesian.people.tokenNone,
  indonesian.people.passkeyNone,
  indonesian.people.linkRefused,
  indonesian.people.pageNeedsRole(indonesian.people.roles.operator),
].map((text) => text.replace(/, diperiksa.*/, ''));

/** A console with every page, and a browser that is signed in as an operator. */
const start = async () => {
  const api = await consoleApi();
  const gateway = await startGateway(api.url);
  const { headers } = await aPersonWith(api, 'operator');
  const { invitation } = await api.accounts.people.add({ name: 'Wati', login: 'wati', role: 'viewer' });
  const code = invitation?.code.reveal() ?? '';
  const pages = everyPage({ station: 'PBG-R03', device: 'dev-1', invitation: code });
  return { gateway, pages, signedIn: asSignedIn(headers) };
};

/** Notes when a page has come to say that its line is lost and its content not of now, and forgets it when that is over. */
const SCRIPT = `
  window.saidAt = undefined;
  const doubts = '#main :is([data-remote="stale"], [data-remote="failed"], [data-alerts="stale"], [data-alerts="failed"])';
  new MutationObserver(() => {
    const isSaid = document.querySelector('[data-line="lost"]') !== null && document.querySelector(doubts) !== null;
    window.saidAt = isSaid ? (window.saidAt ?? performance.timeOrigin + performance.now()) : undefined;
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;

interface OpenedPage {
  readonly name: string;
  readonly page: Page;
}

/** Opens each page in a context of its own. */
const openAll = (
  browser: Browser,
  url: string,
  pages: readonly ConsolePath[],
  options: BrowserContextOptions,
): Promise<readonly OpenedPage[]> =>
  Promise.all(
    pages.map(async ({ page: name, path }) => {
      const prepare = async (next: Page): Promise<void> => void (await next.addInitScript({ content: SCRIPT }));
      const { page } = await openPage(browser, `${url}${path}`, options, prepare);
      return { name, page };
    }),
  );

/** When the page has said it, by its own clock. */
const saidOn = (page: Page): Promise<number> =>
  eventually(async () => z.number().parse(await page.evaluate('window.saidAt')));

/** Waits until every page has said it, and checks that each took less than 20 s of its own time. */
const expectSaid = async (opened: readonly OpenedPage[], since?: number): Promise<void> => {
  for (const { name, page } of opened) {
    const saidAt = await saidOn(page);
    const begin = since ?? z.number().parse(await page.evaluate('performance.timeOrigin'));
    const took = saidAt - begin;
    expect(took, name).toBeLessThan(seconds(20).ms);
  }
};

const lost = (page: Page) => page.locator('[data-line="lost"]');
const expectNoClaim = async (name: string, page: Page): Promise<void> => {
  const text = await page.locator('body').innerText();
  expect(
    CLAIMS.filter((claim) => text.includes(claim)),
    name,
  ).toEqual([]);
  expect(text, name).not.toMatch(/Failed to fetch|undefined|NetworkError|Bad Gateway/);
  expect(await page.locator('#main [data-tone="normal"]').count(), name).toBe(0);
};

/** All of it is of now. */
const untilWhole = async (name: string, page: Page): Promise<void> => {
  await page.locator('[data-line="live"]').waitFor();
  await page.locator('#main h1').waitFor({ state: 'attached' });
  await eventually(async () => {
    expect(
      await page.locator('#main').locator('[data-remote], [data-alerts="stale"], .failure').allInnerTexts(),
      name,
    ).toEqual([]);
  });
};

describe.skipIf(!hasChromium).for(CUTS)('with an API that is away (%s), within 20 s', (cut) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('every page says so before its first answer, while its stream runs and when it is gone to, and recovers', async () => {
    const { gateway, pages, signedIn } = await start();
    let opened: readonly OpenedPage[] = [];
    await eventually(async () => {
      await Promise.all(opened.map(({ page }) => page.context().close()));
      gateway.set(cut);
      opened = await openAll(browser, gateway.url, pages, signedIn);
      await expectSaid(opened);
    });
    const heal = async (): Promise<void> => {
      gateway.set('open');
      await Promise.all(opened.map(({ name, page }) => untilWhole(name, page)));
    };
    for (const { name, page } of opened) await expectNoClaim(name, page);

    await eventually(async () => {
      await heal();
      const since = systemClock.now();
      gateway.set(cut);
      await expectSaid(opened, since);
    });
    for (const { name, page } of opened) await expectNoClaim(name, page);

    // each goes to the page of the next, which it has never read
    const moved = opened.map(({ page }, i) => ({ page, name: pages[(i + 1) % pages.length]?.page ?? '' }));
    await Promise.all(
      opened.map(async ({ page }, i) => {
        const hash = JSON.stringify(pages[(i + 1) % pages.length]?.path.slice(1));
        await page.evaluate(`{ location.hash = ${hash}; window.saidAt = undefined; }`);
      }),
    );
    await Promise.all(moved.map(({ page }) => saidOn(page)));
    for (const { name, page } of moved) await expectNoClaim(name, page);
    opened = moved;
    await heal();
  });

  test('the form to sign in says so, keeps what was typed, and recovers', async () => {
    const api = await consoleApi({}, { accountSettings: AccountSettings.parse({ insecure: true }) });
    await aMember(api, 'viewer', { login: 'sari', name: 'Sari' });
    const gateway = await startGateway(api.url);
    const behindProxy = { extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.7' } };
    const { page } = await openPage(browser, gateway.url, behindProxy);
    const login = page.locator('[name="login"]');
    const asks = async (): Promise<void> => {
      gateway.set('open');
      await page.locator('[data-line="login"]').waitFor();
    };
    await asks();
    await login.fill('sari');
    await oneWithin(seconds(20), asks, async () => {
      gateway.set(cut);
      await lost(page).waitFor();
    });
    expect(await login.inputValue()).toBe('sari');
    await asks();
    await signInOn(page, 'sari');
    await page.locator('[data-line="live"]').waitFor();
  });
});
