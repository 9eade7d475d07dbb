import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { minutes, seconds } from '#model/base/duration.ts';
import { aDevice, OPERATOR, type TestApi } from '#test/support/servers/api.ts';
import { DESK, hasChromium, openPage, PHONE, startChromium } from '#test/support/servers/chromium.ts';
import { aMember, PASSWORD, signInOn } from '#test/support/clients/people.ts';
import { type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';

const Violations = z.array(z.object({ id: z.string(), impact: z.string().nullish(), help: z.string() }));

const PATH = '/#/devices/dev-1';

const dialog = (page: Page) => page.getByRole('dialog').first();
const press = (page: Page, name: string): Promise<void> => dialog(page).getByRole('button', { name }).click();

/** An API with an operator, who can sign in as `budi`. */
const apiWithOperator = async (): Promise<ConsoleApi> => {
  const api = await consoleApi();
  await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
  return api;
};

/** Answer of the device to its newest command. */
const answer = async ({ operations, clock }: TestApi, payload: string, sequence: number): Promise<void> => {
  const [newest] = operations.commands({ device: 'dev-1', state: undefined, before: undefined, limit: 1 });
  if (newest === undefined) throw new Error('no command was given');
  const outcome = payload.includes('received') ? 'delivered' : 'answered';
  await operations.commitAlerted({
    cursor: { journal: 'j-1', sequence },
    latest: [],
    presence: [],
    seen: [],
    replies: [{ device: 'dev-1', id: newest.id, at: clock.now(), outcome, payload: Buffer.from(payload) }],
  });
};

describe.skipIf(!hasChromium)('the page of a device', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('is found from the list of devices, and says what is unknown', async () => {
    const { url, operations } = await consoleApi();
    await operations.changeRegistry([{ kind: 'put-device', device: aDevice({ installedAt: '2026-11-24' }) }]);
    const { page } = await openPage(browser, `${url}/#/fleet`);
    await page.getByRole('link', { name: 'dev-1' }).click();
    await page.getByRole('heading', { level: 1, name: 'dev-1' }).waitFor();
    await page.getByText('dipasang 24 November 2026').waitFor();
    await page.getByText('Belum ada pengaturan.').waitFor();
    await page.getByText('Belum ada perintah.').waitFor();
    await page.goto(`${url}/#/devices/nobody`);
    await page.getByText('Perangkat ini tidak terdaftar.').waitFor();
  });

  test('shows why the device was refused, also of a name that is not registered', async () => {
    const { url, broker } = await consoleApi();
    const at = '2026-11-24T02:58:00.000Z';
    const refusal = {
      cause: 'secret',
      name: 'dev-1',
      registered: true,
      address: '192.0.2.17',
      firstAt: at,
      at,
      count: 3,
    };
    const stranger = { ...refusal, cause: 'unregistered', name: 'dev\u202E1', registered: false };
    broker.answer('/refusals', 200, JSON.stringify({ refusals: [refusal, stranger] }));
    const { page } = await openPage(browser, `${url}${PATH}`);
    const row = page.locator('[data-cause="secret"]');
    await row.getByText('Kata sandi salah').waitFor();
    expect(await row.innerText()).toMatch(/192\.0\.2\.17\s+3\s/);
    expect(broker.heard.some(({ call }) => call === 'GET /refusals?name=dev-1')).toBe(true);
    await page.goto(`${url}/#/devices/nobody`);
    await page.getByText('Perangkat ini tidak terdaftar.').waitFor();
    await page.locator('[data-cause="secret"]').waitFor();
    await page.goto(`${url}/#/fleet`);
    await page.locator('[data-cause="unregistered"]').waitFor();
    expect(await page.locator('[data-cause="secret"]').count()).toBe(0);
  });

  test('sends a command after a confirmation, and shows its progress', async () => {
    const api = await apiWithOperator();
    const { page } = await openPage(browser, `${api.url}${PATH}`);
    await page.getByRole('button', { name: 'Beri perintah' }).click();
    await page.getByLabel('Berlaku selama').selectOption('1h');
    await press(page, 'Periksa');
    await dialog(page).getByText('Kirim reboot ke dev-1?').waitFor();
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Kirim reboot ke dev-1?');
    await press(page, 'Kirim');
    await signInOn(page, 'budi');
    await page.locator('[data-status="commands"]').getByText('Perintah reboot disimpan dan dikirim').waitFor();
    const row = page.locator('[data-command]');
    await row.getByText('menunggu penerima data').waitFor();
    expect(await row.innerText()).toMatch(/reboot[\s\S]*Budi[\s\S]*berlaku sampai/);
    const [command] = api.operations.openCommands();
    expect(command).toMatchObject({ name: 'reboot', device: 'dev-1', by: 'Budi' });
    expect((command?.expiresAt ?? 0) - (command?.createdAt ?? 0)).toBe(minutes(60).ms);

    await api.operations.commandSent(command?.id ?? '', api.clock.now(), 1);
    await row.getByText('terkirim ke penerima data').waitFor();
    await answer(api, '{"state":"received"}', 2);
    await row.getByText('diterima perangkat').waitFor();
    await answer(api, '{"ok":true,"uptime":3}', 3);
    await page.locator('[data-command][data-state="answered"]').getByText('dijalankan').waitFor();
    expect(await row.locator('.reply').innerText()).toBe('{"ok":true,"uptime":3}');
  });

  test('gives a word of the firmware with arguments, and none that are not as their kind says', async () => {
    const api = await apiWithOperator();
    const { page } = await openPage(browser, `${api.url}${PATH}`);
    await page.locator('#language').click();
    await page.getByRole('button', { name: 'Give a command' }).click();
    await page.locator('select[name="name"]').selectOption('other');
    await page.getByLabel('Name of the command').fill('flush-pump');
    await press(page, 'Add');
    await page.getByLabel('Name', { exact: true }).fill('seconds');
    await page.getByLabel('Value').fill('five');
    await press(page, 'Review');
    await dialog(page).getByText('This is not a number.').waitFor();
    await page.getByLabel('Value').fill('5');
    await press(page, 'Review');
    await dialog(page).getByText('Send flush-pump to dev-1?').waitFor();
    await press(page, 'Change it');
    expect(await page.getByLabel('Name of the command').inputValue()).toBe('flush-pump');
    expect(api.operations.openCommands()).toEqual([]);
    await press(page, 'Review');
    await press(page, 'Send');
    await signInOn(page, 'budi');
    await page.locator('[data-command]').getByText('{"seconds":5}').waitFor();
    expect(api.operations.openCommands()).toMatchObject([{ name: 'flush-pump', arguments: { seconds: 5 } }]);
  });

  test('shows the config with who set it, and takes a new one for the whole of it', async () => {
    const api = await apiWithOperator();
    const { page } = await openPage(browser, `${api.url}${PATH}`);
    const set = async (interval: string, gain: string): Promise<void> => {
      await page.getByRole('button', { name: 'Ubah pengaturan' }).click();
      await page.getByLabel('Selang pengukuran').fill(interval);
      const settings = page.getByRole('group', { name: 'Parameter firmware', exact: true });
      const former = settings.getByRole('button', { name: 'Hapus' });
      if (gain === '') await former.click();
      else {
        await settings.getByRole('button', { name: 'Tambah' }).click();
        await settings.getByLabel('Nama', { exact: true }).fill('gain');
        await settings.getByLabel('Nilai').fill(gain);
      }
      await press(page, 'Periksa');
    };
    await set('30s', '2');
    await dialog(page).getByText('Pengaturan pertama perangkat ini:').waitFor();
    await press(page, 'Terapkan');
    await signInOn(page, 'budi');
    await page.locator('[data-revision="1"]').getByText('"interval": "30s"').waitFor();
    expect(api.operations.registry().devices.get('dev-1')?.every).toEqual(seconds(30));

    await set('5m', '');
    await dialog(page).getByText('Menggantikan seluruh revisi 1:').waitFor();
    await press(page, 'Terapkan');
    await page.locator('[data-revision="2"]').getByText('"interval": "5m"').waitFor();
    expect(api.operations.configChanges('dev-1', 9).map(({ config }) => config)).toEqual([
      { interval: 300 },
      { interval: 30, settings: { gain: 2 } },
    ]);
    await page.getByText('Pengaturan sebelumnya').click();
    await page.getByRole('cell', { name: '{"interval":"30s","settings":{"gain":2}}' }).waitFor();
  });

  test('is worked by the keyboard alone', async () => {
    const api = await apiWithOperator();
    const { page } = await openPage(browser, `${api.url}${PATH}`);
    const opener = page.getByRole('button', { name: 'Beri perintah' });
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Berlaku selama').focus();
    await page.keyboard.press('Tab'); // the button
    await page.keyboard.press('Enter');
    await dialog(page).getByText('Kirim reboot ke dev-1?').waitFor();
    await page.keyboard.press('Tab'); // change it
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByLabel('Nama masuk').waitFor();
    await page.keyboard.type('budi');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('[data-command]').getByText('Budi').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually(async () => {
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Beri perintah');
    });
  });

  test('offends axe neither with its tables nor in its dialogs, and fits a phone', async () => {
    const api = await apiWithOperator();
    const post = (path: string, method: string, body: object): Promise<Response> =>
      fetch(`${api.url}/v1/devices/dev-1/${path}`, {
        method,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR}` },
        body: JSON.stringify(body),
      });
    await post('commands', 'POST', { name: 'reboot', arguments: { hard: true }, by: 'Sari' });
    for (const interval of ['30s', '5m']) await post('config', 'PUT', { config: { interval } });
    const { page, objections } = await openPage(browser, `${api.url}${PATH}`);
    await page.locator('[data-command]').waitFor();
    await page.getByText('Pengaturan sebelumnya').click();
    await page.evaluate(axe.source);
    const check = async (): Promise<void> => {
      for (const [viewport, colorScheme] of [[DESK, 'light'] as const, [PHONE, 'dark'] as const]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
        const found = Violations.parse(await page.evaluate('axe.run().then(({ violations }) => violations)'));
        expect(found.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      }
    };
    await check();
    for (const name of ['Ubah pengaturan', 'Beri perintah']) {
      await page.getByRole('button', { name }).click();
      await check();
      await press(page, 'Periksa');
      await check();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(objections).toEqual([]);
  });
});
