import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { aMember, signInOn } from '#test/support/clients/people.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const dialog = (page: Page) => page.getByRole('dialog').first();

/** The message at a field, which its description names and which has the focus. */
const problemAt = async (page: Page, name: string): Promise<string> => {
  const field = dialog(page).locator(`[name="${name}"]`);
  await dialog(page).locator(`[data-problem="${name}"]`).waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  const about = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const id = await dialog(page).locator(`[data-problem="${name}"]`).getAttribute('id');
  expect(about).toContain(id);
  return dialog(page).locator(`[data-problem="${name}"]`).innerText();
};

const signedIn = async (browser: Browser, api: ConsoleApi, path: string): Promise<Page> => {
  await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
  const { page } = await openPage(browser, `${api.url}/#/account`);
  await signInOn(page, 'budi');
  await page.getByRole('heading', { level: 1, name: 'Budi' }).waitFor();
  await page.goto(`${api.url}${path}`);
  return page;
};

const inEnglish = (page: Page): Promise<void> => page.locator('#language').click();

describe.skipIf(!hasChromium)('the forms of the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('of a configuration say at the field what is wrong, in both languages, and lose nothing', async () => {
    const api = await consoleApi();
    const page = await signedIn(browser, api, '/#/devices/dev-1');
    await page.getByRole('button', { name: 'Ubah pengaturan' }).click();
    await dialog(page).locator('[name="interval"]').fill('besok');
    await dialog(page).locator('[data-entries="limits"]').getByRole('button', { name: 'Tambah' }).click();
    await dialog(page).locator('[name="limits.0.name"]').fill('pm2_5');
    await dialog(page).locator('[name="limits.0.max"]').fill('tinggi');
    const settings = dialog(page).locator('[data-entries="settings"]');
    for (const [i, [name, value]] of [
      ['gain', '2,5'],
      ['gain', 'dua'],
      ['Mode', 'x'],
    ].entries()) {
      await settings.getByRole('button', { name: 'Tambah', exact: true }).click();
      await dialog(page)
        .locator(`[name="settings.${i}.name"]`)
        .fill(name ?? '');
      await dialog(page)
        .locator(`[name="settings.${i}.value"]`)
        .fill(value ?? '');
    }
    await dialog(page).locator('[name="settings.2.kind"]').selectOption('text');
    await dialog(page).getByRole('button', { name: 'Periksa' }).click();
    expect(await problemAt(page, 'interval')).toBe('Jangka waktu, misalnya 30s, 5m atau 1h, paling lama sehari.');
    expect(await page.evaluate('document.activeElement.name')).toBe('interval');
    expect(await problemAt(page, 'limits.0.max')).toBe('Bukan angka.');
    expect(await problemAt(page, 'settings.1.name')).toBe('Nama ini sudah ada.');
    expect(await problemAt(page, 'settings.1.value')).toBe('Bukan angka.');
    expect(await problemAt(page, 'settings.2.name')).toContain('diawali huruf');
    expect(await dialog(page).locator('[name="interval"]').inputValue()).toBe('besok');
    expect(await dialog(page).locator('[name="settings.2.value"]').inputValue()).toBe('x');

    await dialog(page).locator('[name="interval"]').fill('25h');
    await dialog(page).locator('[name="limits.0.max"]').fill('55,5');
    await dialog(page).locator('[name="settings.1.name"]').fill('night');
    await dialog(page).locator('[name="settings.1.kind"]').selectOption('boolean');
    await dialog(page).locator('[name="settings.2.name"]').fill('mode');
    await dialog(page).getByRole('button', { name: 'Periksa' }).click();
    await dialog(page).getByText('Pengaturan pertama perangkat ini:').waitFor();
    await dialog(page).getByRole('button', { name: 'Terapkan' }).click();
    expect(await problemAt(page, 'interval')).toContain('paling lama sehari');
    expect(await page.evaluate('document.activeElement.name')).toBe('interval');
    expect(await dialog(page).locator('[name="settings.0.value"]').inputValue()).toBe('2.5');

    await dialog(page).locator('[name="interval"]').fill('30s');
    await dialog(page).getByRole('button', { name: 'Periksa' }).click();
    await dialog(page).getByRole('button', { name: 'Terapkan' }).click();
    await page.locator('[data-revision="1"]').waitFor();
    expect(api.operations.configChanges('dev-1', 1).map(({ config }) => config)).toEqual([
      { interval: 30, limits: { pm2_5: { max: 55.5 } }, settings: { gain: 2.5, night: true, mode: 'x' } },
    ]);

    await inEnglish(page);
    await page
      .getByRole('button', { name: 'Change the configuration' })
      .or(page.locator('.section-head button').first())
      .first()
      .click();
    await dialog(page).locator('[name="interval"]').fill('tomorrow');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'interval')).toBe('A span of time such as 30s, 5m or 1h, a day at most.');
  });

  test('of a silence, an acknowledgement and a command have the rules of the API', async () => {
    const api = await consoleApi();
    const page = await signedIn(browser, api, '/#/alerts');
    await page.locator('[data-alert="7"]').getByRole('button', { name: 'Bisukan' }).click();
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'reason')).toBe('Wajib diisi.');
    await dialog(page).locator('[name="reason"]').fill('x'.repeat(1_001));
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'reason')).toBe('Paling banyak 1000 huruf.');
    expect((await dialog(page).locator('[name="reason"]').inputValue()).length).toBe(1_001);
    await page.keyboard.press('Escape');
    await page.locator('[data-alert="7"]').getByRole('button', { name: 'Tandai ditangani' }).click();
    await dialog(page).locator('[name="note"]').fill('y'.repeat(1_001));
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'note')).toBe('Paling banyak 1000 huruf.');

    await page.goto(`${api.url}/#/devices/dev-1`);
    await page.getByRole('button', { name: 'Beri perintah' }).click();
    await dialog(page).locator('[name="name"]').selectOption('other');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'word')).toBe('Wajib diisi.');
    await dialog(page).locator('[name="word"]').fill('Flush Pump');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'word')).toContain('diawali huruf');
    expect(api.operations.openCommands()).toEqual([]);
    expect(api.operations.silences()).toEqual([]);
  });

  test('of people, tokens and the quarantine have the rules of the API', async () => {
    const api = await consoleApi();
    await api.operations.commitStored({
      messages: [],
      readings: [],
      rows: [],
      newestTimes: [],
      identities: NO_IDENTITIES,
      cursor: { journal: 'j-1', sequence: 1 },
      quarantined: [
        {
          journal: 'j-1',
          sequence: 1,
          receivedAt: MORNING,
          device: 'dev-1',
          topic: 'v1/dev-1/readings',
          codec: 'json',
          codecVersion: 1,
          payload: Buffer.from('{}'),
          dup: false,
          packetId: 0,
          session: undefined,
          parts: [{ place: '', code: 'PAYLOAD_EMPTY', detail: 'empty', readings: 0, further: 0 }],
        },
      ],
    });
    const page = await signedIn(browser, api, '/#/people');
    await page.getByRole('button', { name: 'Tambah orang' }).click();
    await dialog(page).locator('[name="login"]').fill('Sari Wulandari');
    await dialog(page).locator('[name="phone"]').fill('tidak ada');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'name')).toBe('Wajib diisi.');
    expect(await problemAt(page, 'login')).toContain('huruf kecil');
    expect(await problemAt(page, 'phone')).toContain('+62');
    expect(await dialog(page).locator('[name="login"]').inputValue()).toBe('Sari Wulandari');
    await page.goto(`${api.url}/#/tokens`);
    await page.getByRole('button', { name: 'Buat token' }).click();
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'name')).toBe('Wajib diisi.');
    await page.goto(`${api.url}/#/quarantine`);
    await page.getByLabel('Pilih paket 1', { exact: true }).check();
    await page.getByRole('button', { name: 'Proses ulang', exact: true }).click();
    await dialog(page).locator('[name="shift"]').fill('tujuh jam');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'shift')).toBe('Jangka waktu, misalnya -7h atau 90m.');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Buang', exact: true }).click();
    await dialog(page).locator('[name="reason"]').fill('x');
    await dialog(page).locator('button[type="submit"]').click();
    expect(await problemAt(page, 'reason')).toBe('Paling sedikit 3 huruf.');
  });
});
