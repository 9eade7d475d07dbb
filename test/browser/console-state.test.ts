import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LatestValue } from '#storage/operations/alerting.ts';
import type { Alert } from '#model/alerts/alert.ts';
import { minutes } from '#model/base/duration.ts';
import { FLAG } from '#model/readings/flag.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, anAlert, type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { NO_ALERTS, sightsOf, watched } from '#test/support/clients/onlooker.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { startTcpProxy } from '#test/support/servers/tcp-proxy.ts';

const row = (page: Page, station: string) => page.locator(`[data-station="${station}"]`);
const look = (page: Page, station: string) => row(page, station).locator('.look');
const live = (page: Page) => page.locator('[data-line="live"]');
const alerts = (page: Page, kind: string) => page.locator(`[data-alerts="${kind}"]`);

const stage = (value: number, given: Partial<LatestValue> = {}): LatestValue =>
  aLatest({ station: 'PBG-R03', device: 'pbg-r03', family: 'river', property: 'stage', value, ...given });

const put = (api: ConsoleApi, changed: readonly Alert[]): Promise<void> =>
  api.operations.commitAlerts({ alerts: changed, events: [], messages: [] });

const RESOLVED = { state: 'resolved', resolvedAt: MORNING - 1_000 } as const;

/** That what an alert came to is written, and told by the stream. */
const step = async (api: ConsoleApi, alert: Alert): Promise<void> => {
  await put(api, [alert]);
  api.live.alerts([{ ...alert, acknowledged: undefined }]);
};

/** The console's API with the alert at Bancar over, though its river stands at 3.62 m. */
const withoutAlerts = async (): Promise<ConsoleApi> => {
  const api = await consoleApi();
  await put(api, [anAlert(RESOLVED)]);
  return api;
};

const hasSaidNone = async (page: Page): Promise<boolean> =>
  (await sightsOf(page)).some(({ text }) => text.includes(NO_ALERTS));

describe.skipIf(!hasChromium)('the state of a station', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('is Siaga by its value while an alert is pending, and after one has ended', async () => {
    const api = await withoutAlerts();
    const { page } = await openPage(browser, api.url);
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
    expect(await look(page, 'PBG-R03').getAttribute('data-tone')).toBe('rank-2');
    expect(await look(page, 'PBG-R03').innerText()).toBe('Siaga');
    await step(api, anAlert({ id: 8, state: 'pending', firedAt: undefined }));
    await row(page, 'PBG-R03').getByText('Siaga banjir: Melewati batas, menunggu').waitFor();
    await alerts(page, 'fresh').waitFor({ state: 'detached' });
    expect(await look(page, 'PBG-R03').innerText()).toBe('Siaga');
    await api.watch(stage(2.2));
    await look(page, 'PBG-R03').getByText('Normal').waitFor();
  });

  test('counts a suspect value and says that it is doubtful', async () => {
    const api = await consoleApi();
    const { page } = await openPage(browser, api.url);
    await live(page).waitFor();
    await api.watch(stage(4.9, { flag: FLAG.SUSPECT }));
    await look(page, 'PBG-R03').getByText('diragukan').waitFor();
    expect(await look(page, 'PBG-R03').getAttribute('data-tone')).toBe('rank-3');
  });

  test.for(['/', '/#/stations/ST1'])('never shows a value that failed its checks as the value: %s', async (path) => {
    const api = await consoleApi();
    const { value, flag, observedAt, receivedAt } = aLatest();
    const failed = aLatest({ value: 5_000, flag: FLAG.FAIL, valid: { value, flag, observedAt, receivedAt } });
    const { page } = await openPage(browser, `${api.url}${path}`, {}, watched);
    await live(page).waitFor();
    await api.watch({ ...failed, observedAt: MORNING - 3_000 });
    await page
      .getByText(/gagal uji, nilai valid terakhir 38,5 µg\/m³, 2\d dtk lalu/)
      .first()
      .waitFor();
    for (const { text } of await sightsOf(page)) expect(text).not.toMatch(/5\.?000/);
  });

  test('is known of each bin, and the worst speaks for the station', async () => {
    const api = await consoleApi();
    const bins = ['bin-1', 'bin-2'].map((id) => aDevice({ id, assignments: [{ station: 'PBG-W01', from: 0 }] }));
    await api.operations.changeRegistry([
      { kind: 'put-station', station: aStation({ id: 'PBG-W01', family: 'waste', name: 'Pasar Segamas' }) },
      ...bins.map((device) => ({ kind: 'put-device', device }) as const),
    ]);
    const said = (device: string, property: string, value: number) =>
      aLatest({ station: 'PBG-W01', family: 'waste', device, property, value });
    const cool = [said('bin-1', 'fill', 63), said('bin-1', 'temperature', 24.4)];
    await api.watch(...cool, said('bin-2', 'fill', 20), said('bin-2', 'temperature', 77.7));
    const { page } = await openPage(browser, api.url);
    await look(page, 'PBG-W01').getByText('Dugaan kebakaran').waitFor();
    expect(await row(page, 'PBG-W01').innerText()).toContain('77,7 °C');
    await row(page, 'PBG-W01').getByRole('link').click();
    const bin = (id: string) => page.locator(`[data-bin="${id}"] .look`);
    await bin('bin-2').getByText('Dugaan kebakaran').waitFor();
    expect(await bin('bin-1').innerText()).toBe('Hampir penuh');
    expect(await page.locator('[data-bin="bin-1"] [data-value="temperature"]').innerText()).toContain('24,4 °C');
  });

  test('becomes stale without a message, keeps a level that was crossed, and is not called normal', async () => {
    const api = await consoleApi();
    const second = aStation({ id: 'PBG-R05', family: 'river', attributes: { waspada: 2.5 } });
    await api.operations.changeRegistry([
      { kind: 'put-station', station: second },
      { kind: 'put-device', device: aDevice({ id: 'pbg-r05', assignments: [{ station: 'PBG-R05', from: 0 }] }) },
    ]);
    await api.watch(stage(1.1, { station: 'PBG-R05', device: 'pbg-r05' }));
    const { page } = await openPage(browser, api.url);
    await look(page, 'PBG-R05').getByText('Normal').waitFor();
    await live(page).waitFor();
    await api.clock.advance(minutes(5));
    await look(page, 'PBG-R05').getByText('data tidak terkini').waitFor();
    expect(await look(page, 'PBG-R05').innerText()).not.toContain('Normal');
    expect(await look(page, 'PBG-R05').getAttribute('data-tone')).toBe('not-known');
    await look(page, 'PBG-R03').getByText('data tidak terkini').waitFor();
    expect(await look(page, 'PBG-R03').getAttribute('data-tone')).toBe('rank-2');
    expect(await row(page, 'PBG-R03').innerText()).toContain('tidak mengirim data');
  });
});

describe.skipIf(!hasChromium)('"no active alerts"', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('a firing Awas is the first of all, behind 105 newer alerts', async () => {
    const api = await consoleApi();
    const awas = { severity: 'extreme', title: { id: 'Awas banjir', en: 'Flood emergency' } } as const;
    const over = Array.from({ length: 105 }, (_, i) => anAlert({ id: 20 + i, ...RESOLVED }));
    const newer = Array.from({ length: 105 }, (_, i) => anAlert({ id: 200 + i, station: 'ST1', severity: 'minor' }));
    await put(api, [anAlert({ id: 7, ...awas }), ...over, ...newer]);
    const { page } = await openPage(browser, api.url, {}, watched);
    await page.locator('.alert-line').first().getByText('Awas banjir').waitFor();
    expect(await row(page, 'PBG-R03').innerText()).toContain('Awas banjir: Aktif');
    await page.getByRole('link', { name: 'semua 106 peringatan' }).click();
    await page.locator('[data-alert][data-state="firing"]').first().getByText('Awas banjir').waitFor();
    expect(await page.locator('[data-state="firing"]').count()).toBe(106);
    expect(await hasSaidNone(page)).toBe(false);
  });

  test.for(['/', '/#/alerts'])('is not said while the answer is on its way: %s', async (path) => {
    const api = await withoutAlerts();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { page } = await openPage(browser, `${api.url}${path}`, {}, async (opened) => {
      await watched(opened);
      await opened.route('**/v1/alerts?state=standing', async (route) => {
        await released;
        await route.continue();
      });
    });
    await alerts(page, 'loading').waitFor();
    await page.getByText('Memuat peringatan …').waitFor();
    expect(await hasSaidNone(page)).toBe(false);
    release();
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
  });

  test.for(['/', '/#/alerts'])('is not said where the answer failed, until one says so: %s', async (path) => {
    const api = await withoutAlerts();
    const { page } = await openPage(browser, `${api.url}${path}`, {}, async (opened) => {
      await watched(opened);
      await opened.route('**/v1/alerts?state=standing', (route) => route.fulfill({ status: 500, body: '{}' }));
    });
    await alerts(page, 'failed').getByText('tidak dapat dimuat').waitFor();
    expect(await hasSaidNone(page)).toBe(false);
    await page.unroute('**/v1/alerts?state=standing');
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
  });

  test.for(['/', '/#/alerts'])('is taken back when the line is cut, or falls silent: %s', async (path) => {
    const api = await withoutAlerts();
    const proxy = await startTcpProxy(api.url);
    const { page } = await openPage(browser, `${proxy.url}${path}`, {}, watched);
    const isTakenBack = async (): Promise<void> => {
      await alerts(page, 'stale').getByText('Yang lebih baru tidak diketahui').waitFor();
      expect(await page.locator('#main').innerText()).not.toContain(NO_ALERTS);
      expect(await page.locator('#main').innerText()).not.toContain('Normal');
    };
    await live(page).waitFor();
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
    proxy.cut();
    await isTakenBack();
    proxy.heal();
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
    await live(page).waitFor();
    proxy.stall();
    await isTakenBack();
    const cold = (await sightsOf(page)).filter(({ line }) => line === 'lost');
    expect(cold.length).toBeGreaterThan(0);
    for (const { text, alerts: kind } of cold) {
      expect(kind).toBe('stale');
      expect(text).not.toContain(NO_ALERTS);
    }
  });

  test('is not said by a new line where an alert began meanwhile', async () => {
    const api = await withoutAlerts();
    const proxy = await startTcpProxy(api.url);
    const { page } = await openPage(browser, proxy.url, {}, watched);
    await alerts(page, 'fresh').getByText(NO_ALERTS).waitFor();
    proxy.cut();
    await alerts(page, 'stale').waitFor();
    await put(api, [anAlert({ id: 9 })]);
    const before = (await sightsOf(page)).length;
    proxy.heal();
    await page.locator('[data-alert="9"]').waitFor();
    await live(page).waitFor();
    await eventually(async () => {
      const after = (await sightsOf(page)).slice(before);
      expect(after.length).toBeGreaterThan(0);
      for (const { text } of after) expect(text).not.toContain(NO_ALERTS);
    });
  });
});
