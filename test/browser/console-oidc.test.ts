import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AccountSettings } from '#accounts/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { type IdentityService, identityService } from '#test/support/servers/identity-service.ts';

const MAIL = 'sari@example.go.id';

const withService = async (): Promise<{ readonly api: ConsoleApi; readonly service: IdentityService }> => {
  const service = await identityService();
  const api = await consoleApi({}, { accountSettings: AccountSettings.parse({ oidc: service.settings }) });
  api.clock.set(systemClock.now());
  service.serve(api.url, {
    sari: { email: MAIL, email_verified: true },
    budi: { email: 'budi@example.go.id', email_verified: false },
    guest: { email: 'guest@example.go.id', email_verified: true },
  });
  return { api, service };
};

/** Fills the form of the identity service. */
const identify = async (page: Page, login: string): Promise<void> => {
  await page.locator('[name="login"][placeholder]').fill(login);
  await page.locator('[name="password"]').fill('any');
  await page.locator('button[type="submit"]').click();
};

const button = (page: Page) => page.getByRole('button', { name: 'Masuk dengan SSO Purbalingga' });
const personName = (page: Page) => page.locator('[data-person-name]');

describe.skipIf(!hasChromium)('the identity service', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('signs in a person with the same mail address, who consents once', async () => {
    const { api, service } = await withService();
    await api.accounts.people.add({ name: 'Sari Wulandari', login: 'sari', role: 'duty', email: MAIL });
    const { page, objections } = await openPage(browser, `${api.url}/#/account`);
    await button(page).click();
    await identify(page, 'sari');
    await page.getByRole('alert').getByText('Anda masuk untuk pertama kali').waitFor();
    await button(page).click();
    await page.getByRole('checkbox', { name: /Saya setuju/ }).check();
    await button(page).click();
    await personName(page).getByText('Sari Wulandari').waitFor();
    await page.getByRole('button', { name: 'Keluar' }).click();
    await page.getByRole('link', { name: 'Masuk' }).click();
    await button(page).click();
    await personName(page).getByText('Sari Wulandari').waitFor();
    // the pages of the identity service load a font, and have no icon
    const own = objections.filter((text) => !text.includes('fonts.googleapis.com') && !text.includes(service.issuer));
    expect(own).toEqual([]);
  });

  test('joins a person who followed a link', async () => {
    const { api } = await withService();
    const { invitation } = await api.accounts.people.add({ name: 'Budi', login: 'budi', role: 'viewer' });
    const { page } = await openPage(browser, `${api.url}/#/invitation/${invitation?.code.reveal()}`);
    const join = page.getByRole('button', { name: 'Bergabung dengan SSO Purbalingga' });
    await join.click();
    await page.getByRole('alert').getByText('Berikan persetujuan').waitFor();
    await page.getByRole('checkbox', { name: /Saya setuju/ }).check();
    await join.click();
    await identify(page, 'budi');
    await personName(page).getByText('Budi').waitFor();
  });

  test('is named with the problem, when it does not know the person and when it is away', async () => {
    const { api, service } = await withService();
    const { page } = await openPage(browser, `${api.url}/#/account`);
    await button(page).click();
    await identify(page, 'guest');
    await page.getByRole('alert').getByText('Anda belum memiliki akun di sini').waitFor();
    await page.locator('#language').click();
    await page.getByRole('alert').getByText('You have no account here').waitFor();
    await service.stop();
    await page.getByRole('button', { name: 'Sign in with SSO Purbalingga' }).click();
    await page.getByRole('alert').getByText('The identity service cannot be reached').waitFor();
  });

  test('is not offered without settings for one', async () => {
    const api = await consoleApi();
    const { page } = await openPage(browser, `${api.url}/#/account`);
    await page.getByRole('heading', { name: 'Masuk ke Klawing' }).waitFor();
    expect(await page.getByRole('button', { name: /SSO/ }).count()).toBe(0);
  });
});
