import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Accounts } from '#accounts/accounts.ts';
import type { Person } from '#model/accounts/person.ts';
import type { Role } from '#model/accounts/role.ts';
import { PersonAdded } from '#api/people/schema.ts';
import type { Operations } from '#storage/operations/operations.ts';

/** Headers of a browser with a session, on a page of the service. */
export type BrowserHeaders = Readonly<Record<'cookie' | 'sec-fetch-site', string>>;

export const PASSWORD = 'kali hujan bambu 42';

/** Adds a person with a role, who is signed in at one browser. */
export const aPersonWith = async (
  { accounts, operations }: { readonly accounts: Accounts; readonly operations: Operations },
  role: Role,
  login = `${role}-${operations.nextPersonId()}`,
): Promise<{ readonly person: Person; readonly headers: BrowserHeaders }> => {
  const { person } = await accounts.people.add({ name: `Petugas ${login}`, login, role });
  const { cookie, change } = accounts.sessions.prepare(person.id, { browser: 'Firefox, Linux', isKept: true });
  await operations.changeAccounts([change]);
  return { person, headers: { cookie: `klawing=${cookie.reveal()}`, 'sec-fetch-site': 'same-origin' } };
};

/** Value of the session cookie that an answer sets. */
export const cookieOf = (answer: Response): string =>
  /klawing=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';

export const withCookie = (cookie: string): BrowserHeaders => ({
  cookie: `klawing=${cookie}`,
  'sec-fetch-site': 'same-origin',
});

/** Options of a browser that has the session of these headers at a service on loopback. */
export const asSignedIn = ({ cookie }: BrowserHeaders): BrowserContextOptions => {
  const at = { domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' } as const;
  return {
    storageState: { cookies: [{ name: 'klawing', value: cookie.slice('klawing='.length), ...at }], origins: [] },
  };
};

/** A person who has joined, and can sign in with `PASSWORD`. */
export const aMember = async (
  { accounts }: { readonly accounts: Accounts },
  role: Role,
  { login, name }: { readonly login: string; readonly name: string },
): Promise<Person> => {
  const { person, invitation } = await accounts.people.add({ name, login, role });
  const code = invitation?.code.reveal() ?? '';
  await accounts.invitations.accept({ code, password: PASSWORD }, { browser: 'Firefox, Linux', isKept: false });
  return person;
};

/** Signs in with the form that the page shows. */
export const signInOn = async (page: Page, login: string, password = PASSWORD): Promise<void> => {
  await page.getByLabel(/^(Nama masuk|Sign-in name)$/).fill(login);
  await page.getByLabel(/^(Kata sandi|Password)$/).fill(password);
  await page
    .locator('form', { has: page.locator('[name="login"]') })
    .getByRole('button', { name: /^(Masuk|Sign in)$/ })
    .click();
};

/** The same over HTTP, for a service in a process of its own. */
export const aMemberOver = async (
  url: string,
  operatorToken: string,
  body: { readonly login: string; readonly name: string; readonly role: Role },
): Promise<void> => {
  const send = (path: string, headers: Readonly<Record<string, string>>, content: object): Promise<Response> =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(content),
    });
  const added = await send('/v1/people', { authorization: `Bearer ${operatorToken}` }, body);
  const { invitation } = PersonAdded.parse(await added.json());
  const acceptance = { code: invitation?.code, password: PASSWORD, consent: true };
  const accepted = await send('/v1/invitation/accept', { 'sec-fetch-site': 'same-origin' }, acceptance);
  if (!accepted.ok) throw new Error(await accepted.text());
};
