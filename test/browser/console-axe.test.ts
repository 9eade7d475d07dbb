import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsolePath, everyPage } from '#test/support/clients/console-routes.ts';
import { aPersonWith, asSignedIn } from '#test/support/clients/people.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, anAlert, type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { violationsOf } from '#test/support/oracles/violations.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';
import { eventually } from '#test/support/eventually.ts';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_440, height: 900 };
const LOOKS = [
  { viewport: PHONE, colorScheme: 'light' },
  { viewport: PHONE, colorScheme: 'dark' },
  { viewport: DESK, colorScheme: 'dark' },
  { viewport: DESK, colorScheme: 'light' },
] as const;
type ScreenLook = (typeof LOOKS)[number];
/** A dialog looks alike at both widths: in each language it is looked at in one of the two looks. */
const LANGUAGES = [
  { language: 'id', dialogs: { viewport: PHONE, colorScheme: 'dark' } },
  { language: 'en', dialogs: { viewport: DESK, colorScheme: 'light' } },
] as const;

/** Stations of every colour, alerts in every state, a refused packet, and a token. */
const furnish = async (api: ConsoleApi): Promise<void> => {
  const river = (id: string) => aStation({ id, family: 'river', attributes: { waspada: 2.5, siaga: 3.5, awas: 4.5 } });
  const places = ['PBG-R04', 'PBG-R05', 'PBG-R06'].map(river);
  const bins = aStation({ id: 'PBG-W01', family: 'waste', name: 'Pasar Segamas' });
  const stations = [...places, bins, aStation({ id: 'PBG-C01', family: 'weather', name: 'Karangreja' })];
  await api.operations.changeRegistry([
    ...stations.map((station) => ({ kind: 'put-station', station }) as const),
    ...stations.map(({ id }) => {
      const device = aDevice({ id: id.toLowerCase(), assignments: [{ station: id, from: 0 }] });
      return { kind: 'put-device', device } as const;
    }),
  ]);
  const said = (station: string, family: string, property: string, value: number) =>
    aLatest({ station, device: station.toLowerCase(), family, property, value });
  await api.watch(
    said('PBG-R04', 'river', 'stage', 2.7),
    said('PBG-R05', 'river', 'stage', 4.9),
    said('PBG-R06', 'river', 'stage', 1.1),
    said('PBG-W01', 'waste', 'temperature', 77.7),
    said('PBG-C01', 'weather', 'rainfall', 12),
    { ...said('PBG-C01', 'weather', 'temperature', 400), flag: 4 },
  );
  const changed = [
    anAlert({ id: 8, station: 'PBG-R04', severity: 'moderate', state: 'pending', firedAt: undefined }),
    anAlert({ id: 9, station: 'PBG-R05', severity: 'extreme' }),
    anAlert({ id: 10, station: 'PBG-R06', severity: 'minor' }),
    anAlert({ id: 11, state: 'resolved', resolvedAt: MORNING - 1_000 }),
  ];
  await api.operations.commitAlerts({ alerts: changed, events: [], messages: [] });
  const packet = {
    device: 'dev-1',
    topic: 'v1/dev-1/readings',
    codec: 'json',
    payload: Buffer.from('{"values":{"PM25":38.5}}'),
    dup: false,
    packetId: 1,
    session: undefined,
    parts: [
      {
        place: '/values/PM25',
        code: 'PROPERTY_UNKNOWN' as const,
        detail: 'PM25 is not known',
        readings: 1,
        further: 0,
      },
    ],
  };
  const at = { journal: 'j-1', sequence: 40, receivedAt: MORNING, codecVersion: 1 };
  await api.operations.commitStored({
    messages: [],
    readings: [],
    rows: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
    cursor: { journal: 'j-1', sequence: 40 },
    quarantined: [{ ...packet, ...at }],
  });
  const values = Array.from({ length: 60 }, (_, i) => aReading({ observedAt: MORNING - i * 60_000, value: 30 + i }));
  await api.store.write(aBatch(values), never);
};

/** The page when its data have come. */
const settle = async (page: Page): Promise<void> => {
  await page.locator('[data-line="live"]').waitFor();
  await eventually(async () => expect(await page.locator('[data-remote="loading"]').count()).toBe(0));
};

const show = async (page: Page, { viewport, colorScheme }: ScreenLook): Promise<void> => {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
};

/** The narrowest telephone that is in use. */
const NARROW = { width: 360, height: 740 };

/** That the page is wider than the screen of a small telephone. */
const widthOf = async (page: Page, about: string): Promise<readonly string[]> => {
  await page.setViewportSize(NARROW);
  // charts are drawn anew for the new width
  const width = await page.evaluate<number>(`(async () => {
    for (let i = 0; i < 60 && document.documentElement.scrollWidth > innerWidth; i += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return document.documentElement.scrollWidth;
  })()`);
  return width > NARROW.width ? [`${about}: is ${width} px wide on ${NARROW.width} px`] : [];
};

/** What axe, and the width of the page, object to in each look. */
const objectionsIn = async (page: Page, looks: readonly ScreenLook[], about: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const look of looks) {
    await show(page, look);
    const told = `${about}, ${look.viewport.width} px, ${look.colorScheme}`;
    for (const violation of await violationsOf(page)) found.push(`${told}: ${violation}`);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (width > look.viewport.width) found.push(`${told}: is ${width} px wide`);
  }
  return found;
};

const twoFrames = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');

/** Lets nothing through that changes what is there; a button that asks before it changes something opens its dialog all the same. */
const withoutChanges = async (page: Page): Promise<void> => {
  await page.route('**/v1/**', (route) =>
    ['PATCH', 'PUT', 'DELETE'].includes(route.request().method()) ? route.abort() : route.continue(),
  );
};

/** Presses every button of a page, and looks at each dialog that this opens. */
const dialogsOf = async (
  page: Page,
  look: ScreenLook,
  about: string,
  names: Set<string>,
): Promise<readonly string[]> => {
  const found: string[] = [];
  const buttons = page.locator('#main button:enabled:visible');
  for (let i = 0; i < (await buttons.count()); i += 1) {
    await buttons.nth(i).click();
    await twoFrames(page);
    const dialog = page.locator('dialog[open]');
    if ((await dialog.count()) === 0) continue;
    const name = await dialog.last().locator('h2').innerText();
    names.add(name);
    found.push(...(await objectionsIn(page, [look], `${about}, the dialog ${name}`)));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  return found;
};

/** Looks at every page in every look and language, and at every dialog. */
const objectionsOn = async (page: Page, url: string, pages: readonly ConsolePath[]) => {
  const found: string[] = [];
  const names = new Set<string>();
  for (const { path } of pages) {
    await page.goto(`${url}${path}`);
    await settle(page);
    for (const { language, dialogs } of LANGUAGES) {
      if ((await page.locator('html').getAttribute('lang')) !== language) await page.locator('#language').click();
      await page.locator(`html[lang="${language}"]`).waitFor();
      found.push(...(await objectionsIn(page, LOOKS, `${path} in ${language}`)));
      found.push(...(await widthOf(page, `${path} in ${language}`)));
      found.push(...(await dialogsOf(page, dialogs, `${path} in ${language}`, names)));
    }
  }
  return { found, names };
};

describe.skipIf(!hasChromium)('axe', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('finds nothing on any page of the router, nor in its dialogs, at both widths, in both languages and schemes', async () => {
    const api = await consoleApi();
    await furnish(api);
    const { headers } = await aPersonWith(api, 'operator');
    const { invitation } = await api.accounts.people.add({ name: 'Wati', login: 'wati', role: 'viewer' });
    const token = await api.post('/v1/tokens', { name: 'laporan', role: 'viewer', valid: '30d' }, headers);
    expect(token.status).toBe(201);
    const code = invitation?.code.reveal() ?? '';
    const pages = everyPage({ station: 'PBG-R03', device: 'dev-1', invitation: code });
    const more = ['PBG-W01', 'PBG-C01', 'ST1'].map(
      (id): ConsolePath => ({ page: 'station', path: `/#/stations/${id}` }),
    );
    const all: string[] = [];
    for (const options of [{}, asSignedIn(headers)]) {
      const { page, objections } = await openPage(browser, api.url, options, withoutChanges);
      const { found, names } = await objectionsOn(page, api.url, [...pages, ...more]);
      process.stdout.write(`axe has looked at ${names.size} dialogs: ${[...names].join(', ')}\n`);
      expect(names.size).toBeGreaterThan(5);
      all.push(...found, ...objections.filter((text) => !text.includes('ERR_FAILED')));
    }
    expect(all).toEqual([]);
  });
});
