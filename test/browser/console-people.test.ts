import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, PHONE, startChromium } from '#test/support/servers/chromium.ts';
import { consoleApi } from '#test/support/servers/console.ts';
import { violationsOf } from '#test/support/oracles/violations.ts';
import { aMember, PASSWORD, signInOn } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';

const person = (page: Page) => page.locator('[data-person-name]');

describe.skipIf(!hasChromium)('the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('joins the first operator by the link of the first start, with the keyboard alone', async () => {
    const { url, accounts, operations } = await consoleApi();
    const { code } = await accounts.invitations.first();
    const { page, objections } = await openPage(browser, `${url}/#/invitation/${code.reveal()}`);
    await page.getByRole('heading', { name: 'Bergabung dengan Klawing' }).waitFor();
    await page.getByLabel('Nama', { exact: true }).focus();
    for (const text of ['Budi Santoso', 'budi', PASSWORD]) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Tab'); // stay signed in
    await page.keyboard.press('Space'); // consent
    await page.keyboard.press('Enter');
    await person(page).getByText('Budi Santoso').waitFor();
    expect(operations.personWithLogin('budi')).toMatchObject({ role: 'operator', consentAt: expect.any(Number) });
    await page.reload();
    await person(page).getByText('Budi Santoso').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.goto(`${url}/#/invitation/${code.reveal()}`);
    await page.getByText('Tautan ini salah, sudah dipakai, atau kedaluwarsa.').waitFor();
    expect(objections.filter((text) => !text.includes('403'))).toEqual([]);
  });

  test('signs in and out with the keyboard alone', async () => {
    const api = await consoleApi();
    await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
    const { page } = await openPage(browser, api.url);
    await page.getByRole('link', { name: 'Masuk' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Nama masuk').focus();
    await page.keyboard.type('sari');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Sari' }).waitFor();
    await eventually(async () => expect(await page.locator('[data-session]').count()).toBe(2)); // and the one of the invitation
    await page.getByRole('button', { name: 'Keluar' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Masuk' }).waitFor();
    await eventually(async () => expect(api.operations.sessionsOf(1)).toHaveLength(1));
  });

  test('shows a person the language of the account in each browser', async () => {
    const api = await consoleApi();
    await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
    const { page, objections } = await openPage(browser, `${api.url}/#/account`);
    await signInOn(page, 'sari');
    await page.getByRole('combobox', { name: 'Bahasa' }).selectOption('en');
    await page.getByRole('heading', { name: 'Browsers that are signed in' }).waitFor();
    await eventually(() => expect(api.operations.personWithLogin('sari')).toMatchObject({ language: 'en' }));
    const { page: phone } = await openPage(browser, `${api.url}/#/account`, { viewport: PHONE });
    await phone.getByRole('heading', { name: 'Masuk ke Klawing' }).waitFor();
    await signInOn(phone, 'sari');
    await phone.getByRole('heading', { name: 'Browsers that are signed in' }).waitFor();
    await phone.reload();
    await phone.getByRole('heading', { name: 'Browsers that are signed in' }).waitFor();
    expect(await phone.locator('html').getAttribute('lang')).toBe('en');
    await phone.locator('#language').click();
    await phone.getByRole('heading', { name: 'Peramban yang sedang masuk' }).waitFor();
    await eventually(() => expect(api.operations.personWithLogin('sari')).toMatchObject({ language: 'id' }));
    expect(objections).toEqual([]);
  });

  test('lets an operator add a person, give another role, and erase', async () => {
    const api = await consoleApi();
    await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
    const { page, objections } = await openPage(browser, `${api.url}/#/account`);
    await signInOn(page, 'budi');
    await page.getByRole('navigation').getByRole('link', { name: 'Orang' }).click();
    await page.getByRole('button', { name: 'Tambah orang' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nama', { exact: true }).fill('Sari Wulandari');
    await dialog.getByLabel('Nama masuk').fill('sari');
    await dialog.getByRole('button', { name: 'Tambah orang' }).click();
    const link = await page.locator('[data-link]').inputValue();
    expect(link).toContain(`${api.url}/#/invitation/`);
    await page.getByRole('img', { name: 'Kode QR tautan' }).waitFor();
    await page.keyboard.press('Escape');
    const sari = page.locator('[data-person]', { hasText: 'Sari Wulandari' });
    await sari.getByText('diundang').waitFor();
    await page.getByLabel('Peran: Sari Wulandari').selectOption('analyst');
    await eventually(async () => expect(api.operations.personWithLogin('sari')?.role).toBe('analyst'));
    const other = await openPage(browser, link);
    await other.page.getByLabel('Kata sandi').fill(PASSWORD);
    await other.page.getByLabel('Saya setuju', { exact: false }).check();
    await other.page.getByRole('button', { name: 'Bergabung' }).click();
    await person(other.page).getByText('Sari Wulandari').waitFor();
    await page.reload();
    await sari.getByText('aktif', { exact: true }).waitFor();
    await sari.getByRole('button', { name: 'Hapus data' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hapus data' }).click();
    await sari.waitFor({ state: 'detached' });
    await page.goto(`${api.url}/#/audit`);
    await page.locator('[data-entry]').getByText('menghapus data orang').waitFor();
    expect(await page.locator('table').innerText()).not.toContain('Sari');
    expect(objections).toEqual([]);
  });

  test('lets an operator make a token of a program, see its use, and revoke it', async () => {
    const api = await consoleApi();
    await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
    const { page, objections } = await openPage(browser, `${api.url}/#/account`);
    await signInOn(page, 'budi');
    await page.getByRole('link', { name: 'Token program' }).click();
    await page.getByText('Belum ada token.').waitFor();
    await page.getByRole('button', { name: 'Buat token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nama program').fill('posko-display');
    await dialog.getByLabel('Peran').selectOption('viewer');
    await dialog.getByLabel('Masa berlaku').selectOption('30d');
    await dialog.getByRole('button', { name: 'Buat token' }).click();
    const secret = await page.locator('[data-token-secret]').inputValue();
    await page.keyboard.press('Escape');
    const row = page.locator('[data-token]', { hasText: 'posko-display' });
    await row.getByText('belum pernah').waitFor();
    expect(await page.content()).not.toContain(secret);
    const read = () => fetch(`${api.url}/v1/alerts`, { headers: { authorization: `Bearer ${secret}`, via: 'proxy' } });
    expect((await read()).status).toBe(200);
    await page.reload();
    await row.waitFor();
    expect(await row.getByText('belum pernah').count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    await row.getByRole('button', { name: 'Cabut' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cabut' }).click();
    await row.waitFor({ state: 'detached' });
    expect((await read()).status).toBe(401);
    expect(objections).toEqual([]);
  });

  test('signs in to the demo by itself, until the person signs out', async () => {
    const { url } = await consoleApi({}, { isDemo: true });
    const { page } = await openPage(browser, url);
    await person(page).getByText('Demo').waitFor();
    await page.getByRole('button', { name: 'Keluar' }).click();
    await page.getByRole('link', { name: 'Masuk' }).waitFor();
  });
});
