import type { Accounts } from '#accounts/accounts.ts';
import type { Person } from '#model/accounts/person.ts';
import type { Role } from '#model/accounts/role.ts';
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
