import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES, type Role } from '#model/accounts/role.ts';
import { hours } from '#model/base/duration.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { aPersonWith } from '#test/support/clients/people.ts';

/** Pages with buttons that change something, each with the least role for its buttons. */
const PAGES: Readonly<Record<string, Readonly<Record<string, Role>>>> = {
  alerts: { 'Tandai ditangani': 'duty', Bisukan: 'duty', Akhiri: 'duty' },
  'devices/dev-1': { 'Ubah pengaturan': 'operator', 'Beri perintah': 'operator' },
  quarantine: { 'Proses ulang semua yang terbuka': 'operator', Buang: 'operator' },
  people: { 'Tambah orang': 'operator', 'Tautan baru': 'operator', Nonaktifkan: 'operator', 'Hapus data': 'operator' },
  tokens: { 'Buat token': 'operator', 'Cabut: posko': 'operator' },
};

const prepared = async (): Promise<ConsoleApi> => {
  const api = await consoleApi();
  await api.accounts.tokens.add({ name: 'posko', role: 'viewer', valid: hours(1) });
  await api.operations.addSilence({
    station: 'ST1',
    rule: undefined,
    reason: 'kalibrasi',
    by: 'Budi',
    from: api.clock.now(),
    until: api.clock.now() + hours(1).ms,
  });
  return api;
};

const signedIn = async (page: Page, { url }: ConsoleApi, cookie: string): Promise<void> => {
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url }]);
};

describe.skipIf(!hasChromium)('the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test.for(ROLES)(
    'shows a %s the buttons of the role and no other, and says which role the others need',
    async (role) => {
      const api = await prepared();
      const { headers } = await aPersonWith(api, role);
      const { page } = await openPage(browser, `${api.url}/#/account`, {}, (opened) =>
        signedIn(opened, api, headers.cookie),
      );
      await page.locator('[data-person-name]').waitFor();
      for (const [path, buttons] of Object.entries(PAGES)) {
        await page.goto(`${api.url}/#/${path}`);
        const names = Object.keys(buttons);
        const allowed = names.filter((name) => ROLES.indexOf(role) >= ROLES.indexOf(buttons[name] ?? 'operator'));
        const button = (name: string) => page.locator('main').getByRole('button', { name, exact: true }).first();
        for (const name of allowed) await button(name).waitFor();
        if (allowed.length < names.length) await page.locator('.note', { hasText: 'memerlukan peran' }).waitFor();
        const shown: string[] = [];
        for (const name of names) if (await button(name).isVisible()) shown.push(name);
        expect(shown, path).toEqual(allowed);
      }
    },
  );
});
