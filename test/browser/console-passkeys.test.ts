import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsedCredential } from '#model/accounts/passkey.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { EntryList } from '#api/audit/schema.ts';
import { answerOf } from '#test/support/servers/api.ts';
import { type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { aMember, signInOn } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';

/** A host name: an IP number can have no passkeys. */
const named = ({ url }: ConsoleApi): string => url.replace('127.0.0.1', 'localhost');

/** Gives the browser an authenticator that holds passkeys and verifies the person, as a phone does. */
const withAuthenticator = async (page: Page): Promise<void> => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
};

const item = (page: Page, name: string) => page.locator(`[data-passkey-name="${name}"]`);

/** Sari, signed in with her password at an address with a name, with one passkey. */
const sariWithPasskey = async (browser: Browser) => {
  const api = await consoleApi();
  const { id } = await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
  const { page, objections } = await openPage(browser, `${named(api)}/#/account`);
  await withAuthenticator(page);
  await signInOn(page, 'sari');
  await page.getByText('Belum ada kunci sandi.').waitFor();
  await page.getByLabel('Nama kunci sandi').fill('Telepon Sari');
  await page.getByRole('button', { name: 'Tambah kunci sandi' }).click();
  await item(page, 'Telepon Sari').waitFor();
  return { api, id, page, objections };
};

/** Status of a sign-in at one service whose question a page of this origin has answered. */
const answeredOn = async (page: Page, origin: string, service: ConsoleApi): Promise<number> => {
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${named(service)}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify(body),
    });
  const options = JSON.stringify(await (await post('/v1/session/passkey/options', {})).json());
  await page.goto(origin);
  const answer = await page.evaluate(
    `navigator.credentials
      .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options}) })
      .then((credential) => credential.toJSON())`,
  );
  const signedIn = await post('/v1/session/passkey', { credential: UsedCredential.parse(answer) });
  return signedIn.status;
};

const signOut = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Keluar' }).click();
  await page.getByRole('link', { name: 'Masuk' }).click();
  await page.getByRole('heading', { name: 'Masuk ke Klawing' }).waitFor();
};

const passkeyButton = (page: Page) => page.getByRole('button', { name: 'Masuk dengan kunci sandi' });

describe.skipIf(!hasChromium)('a passkey', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('is added on the account page, signs in, is renamed and revoked, each in the trail of changes', async () => {
    const { api, id, page, objections } = await sariWithPasskey(browser);
    expect(api.operations.passkeysOf(id)).toMatchObject([{ name: 'Telepon Sari' }]);
    await signOut(page);
    await passkeyButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Sari' }).waitFor();
    await item(page, 'Telepon Sari').getByText('terakhir dipakai').waitFor();
    const [used] = api.operations.passkeysOf(id);
    expect(used?.counter).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Ganti nama: Telepon Sari' }).click();
    await page.getByRole('dialog').getByLabel('Nama kunci sandi').fill('Ponsel kantor');
    await page.getByRole('dialog').getByRole('button', { name: 'Ganti nama' }).click();
    await item(page, 'Ponsel kantor').waitFor();
    await page.getByRole('button', { name: 'Cabut: Ponsel kantor' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cabut' }).click();
    await item(page, 'Ponsel kantor').waitFor({ state: 'detached' });
    expect(objections).toEqual([]);
    await signOut(page);
    await passkeyButton(page).click();
    await page.getByRole('alert').getByText('kunci sandi tidak diterima').waitFor();
    const { entries } = await answerOf(await api.get('/v1/audit?actor=person:1'), EntryList);
    const actions = entries.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['addPasskey', 'signInWithPasskey', 'renamePasskey', 'revokePasskey']),
    );
  });

  test('is refused after the person was disabled, and goes with a new password by link', async () => {
    const { api, id, page } = await sariWithPasskey(browser);
    await signOut(page);
    await api.accounts.people.change(id, { disabled: true });
    await passkeyButton(page).click();
    await page.getByRole('alert').getByText('kunci sandi tidak diterima').waitFor();
    const person = await api.accounts.people.change(id, { disabled: false });
    await passkeyButton(page).click();
    await page.getByRole('heading', { level: 1, name: 'Sari' }).waitFor();
    await api.accounts.invitations.issue(person, 'reset');
    await eventually(() => expect(api.operations.passkeysOf(id)).toEqual([]));
  });

  test('is refused when it was asked for by a page of another origin', async () => {
    const { api, page } = await sariWithPasskey(browser);
    await signOut(page);
    expect(await answeredOn(page, named(api), api)).toBe(200);
    // the same host, and another port: the authenticator signs, and the browser writes the true origin into the answer
    const foreign = await consoleApi();
    expect(await answeredOn(page, named(foreign), api)).toBe(403);
    expect(await answeredOn(page, named(api), api)).toBe(200);
  });

  test('cannot be made where the address is a number: the page says so', async () => {
    const api = await consoleApi();
    await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
    const { page } = await openPage(browser, `${api.url}/#/account`);
    await page.getByRole('heading', { name: 'Masuk ke Klawing' }).waitFor();
    expect(await passkeyButton(page).count()).toBe(0);
    await signInOn(page, 'sari');
    await page.getByText('Kunci sandi memerlukan HTTPS dan nama alamat').waitFor();
  });
});
