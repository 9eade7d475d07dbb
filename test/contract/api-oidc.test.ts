import { describe, expect, test } from 'vitest';
import { AccountSettings } from '#accounts/settings.ts';
import { EntryList } from '#api/audit/schema.ts';
import { OidcStart } from '#api/session/oidc-schema.ts';
import { PersonalDataDocument } from '#api/people/schema.ts';
import { SessionDocument } from '#api/session/schema.ts';
import { systemClock } from '#model/base/clock.ts';
import { hours, minutes } from '#model/base/duration.ts';
import type { Role } from '#model/accounts/role.ts';
import { answerOf, asOperator, problemOf, testApi, type TestApi } from '#test/support/servers/api.ts';
import {
  CLIENT_SECRET,
  type IdentityService,
  identityService,
  visitIdentityService,
} from '#test/support/servers/identity-service.ts';
import { cookieOf, withCookie } from '#test/support/clients/people.ts';

const PAGE = { 'sec-fetch-site': 'same-origin' };
const MAIL = 'sari@example.go.id';
const ACCOUNTS = {
  sari: { email: 'Sari@Example.go.id', email_verified: true, name: 'Sari Wulandari' },
  other: { email: MAIL, email_verified: true, name: 'Other' },
  unverified: { email: MAIL, email_verified: false },
  guest: { email: 'guest@example.go.id', email_verified: true, name: 'Tamu' },
};

interface OidcTest extends TestApi {
  readonly service: IdentityService;
}

const oidcApi = async (given: Readonly<Record<string, unknown>> = {}): Promise<OidcTest> => {
  const service = await identityService();
  const accountSettings = AccountSettings.parse({ oidc: { ...service.settings, ...given } });
  const api = await testApi({}, { accountSettings });
  // the identity service has the clock of the machine
  api.clock.set(systemClock.now());
  service.serve(api.url, ACCOUNTS);
  return { ...api, service };
};

const addSari = ({ accounts }: TestApi, more: { readonly email?: string; readonly role?: Role } = {}) =>
  accounts.people.add({ name: 'Sari', login: 'sari', role: 'duty', email: MAIL, ...more });

/** The cookie of the sign-in that this browser began. */
const stateCookie = (answer: Response): string =>
  /klawing-oidc=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';

const begin = async ({ post }: TestApi, body: object = {}) => {
  const answer = await post('/v1/session/oidc', { consent: true, ...body }, PAGE);
  return { cookie: stateCookie(answer), url: (await answerOf(answer, OidcStart)).url };
};

const comeBack = (address: string, cookie: string): Promise<Response> =>
  fetch(address, { redirect: 'manual', headers: { cookie, 'sec-fetch-site': 'cross-site' } });

/** Signs in at the identity service; gives the last answer of Klawing. */
const signIn = async (api: TestApi, login: string, body: object = {}): Promise<Response> => {
  const { cookie, url } = await begin(api, body);
  return comeBack(await visitIdentityService(url, login), cookie);
};

const ledTo = (answer: Response): string => `${answer.status} ${answer.headers.get('location')}`;
const FAILED = (code: string): string => `303 /#/account?fault=${code}`;
const whoIs = async ({ get }: TestApi, answer: Response) =>
  answerOf(await get('/v1/session', withCookie(cookieOf(answer))), SessionDocument);

describe('without an identity service', () => {
  test('nothing offers it', async () => {
    const { get, post } = await testApi();
    expect((await answerOf(await get('/v1/session'), SessionDocument)).identity_service).toBeNull();
    expect(await problemOf(await post('/v1/session/oidc', {}, PAGE))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('a person who was invited', () => {
  test('is linked by the verified mail address at the first sign-in, and found by the subject from then on', async () => {
    const api = await oidcApi();
    const { person } = await addSari(api);
    expect((await answerOf(await api.get('/v1/session'), SessionDocument)).identity_service).toBe('SSO Purbalingga');
    const first = await signIn(api, 'sari', { keep: true });
    expect(ledTo(first)).toBe('303 /#/');
    expect(first.headers.get('set-cookie')).toMatch(
      /klawing=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=15552000/,
    );
    expect((await whoIs(api, first)).person).toMatchObject({ id: person.id, consent_at: expect.any(String) });
    await api.accounts.people.change(person.id, { email: null });
    expect((await whoIs(api, await signIn(api, 'sari', { consent: false }))).person).toMatchObject({ id: person.id });
    const { entries } = await answerOf(await api.get(`/v1/audit?actor=person:${person.id}`, asOperator), EntryList);
    expect(entries.map(({ action, detail }) => ({ action, detail }))).toEqual([
      { action: 'signInWithOidc', detail: {} },
      { action: 'signInWithOidc', detail: { linked: true } },
    ]);
    const data = await api.get('/v1/session/data', withCookie(cookieOf(await signIn(api, 'sari'))));
    expect((await answerOf(data, PersonalDataDocument)).identities).toMatchObject([
      { issuer: api.service.issuer, subject: 'sari' },
    ]);
    expect(JSON.stringify(api.log.lines)).not.toContain(CLIENT_SECRET);
  });

  test('joins by the link, without a verified mail address, and the link is used up', async () => {
    const api = await oidcApi();
    const { person, invitation } = await api.accounts.people.add({ name: 'Sari', login: 'sari', role: 'duty' });
    const code = invitation?.code.reveal();
    expect((await whoIs(api, await signIn(api, 'unverified', { code }))).person).toMatchObject({ id: person.id });
    expect(ledTo(await signIn(api, 'guest', { code }))).toBe(FAILED('INVITATION_REFUSED'));
  });

  test('has to consent to the processing of personal data', async () => {
    const api = await oidcApi();
    await addSari(api);
    expect(ledTo(await signIn(api, 'sari', { consent: false }))).toBe(FAILED('CONSENT_MISSING'));
    expect(ledTo(await signIn(api, 'sari', { consent: true }))).toBe('303 /#/');
  });

  test('loses the link to the identity service with a new password and with erasure', async () => {
    const api = await oidcApi();
    const { person } = await addSari(api);
    await signIn(api, 'sari');
    expect(api.operations.identitiesOf(person.id)).toHaveLength(1);
    await api.accounts.invitations.issue(person, 'reset');
    expect(api.operations.identitiesOf(person.id)).toEqual([]);
    await signIn(api, 'sari');
    expect(api.operations.identitiesOf(person.id)).toHaveLength(1);
    await api.accounts.people.erase(person.id);
    expect(api.operations.identitiesOf(person.id)).toEqual([]);
  });
});

describe('a person is refused', () => {
  test.for([
    ['whom nobody has added', 'guest', {}],
    ['whose mail address is not verified', 'unverified', {}],
    ['who is disabled', 'sari', { disabled: true }],
  ] as const)('%s', async ([, login, patch]) => {
    const api = await oidcApi();
    const { person } = await addSari(api);
    await api.accounts.people.change(person.id, patch);
    expect(ledTo(await signIn(api, login))).toBe(FAILED('OIDC_NO_ACCOUNT'));
    expect(api.operations.people()).toHaveLength(1);
    expect(api.operations.sessionsOf(person.id)).toEqual([]);
  });

  test('whose mail address belongs to a person with another account of the identity service', async () => {
    const api = await oidcApi();
    await addSari(api);
    await signIn(api, 'sari');
    expect(ledTo(await signIn(api, 'other'))).toBe(FAILED('OIDC_NO_ACCOUNT'));
  });

  test('who is disabled, even where others get a default role; an account that is enabled counts', async () => {
    const api = await oidcApi({ defaultRole: 'viewer' });
    const { person } = await addSari(api);
    await api.accounts.people.change(person.id, { disabled: true });
    expect(ledTo(await signIn(api, 'sari'))).toBe(FAILED('OIDC_NO_ACCOUNT'));
    expect(api.operations.people()).toHaveLength(1);
    const { person: again } = await api.accounts.people.add({
      name: 'Sari',
      login: 'sari2',
      role: 'duty',
      email: MAIL,
    });
    expect((await whoIs(api, await signIn(api, 'sari'))).person).toMatchObject({ id: again.id });
    await api.accounts.people.add({ name: 'Sari', login: 'sari3', role: 'operator', email: MAIL });
    expect(ledTo(await signIn(api, 'other'))).toBe(FAILED('OIDC_NO_ACCOUNT'));
  });

  test('who was linked, and was disabled since', async () => {
    const api = await oidcApi();
    const { person } = await addSari(api);
    await signIn(api, 'sari');
    await api.accounts.people.change(person.id, { disabled: true });
    expect(ledTo(await signIn(api, 'sari'))).toBe(FAILED('OIDC_NO_ACCOUNT'));
  });
});

test('a person whom nobody has added gets the default role where one is set, once', async () => {
  const api = await oidcApi({ defaultRole: 'viewer' });
  for (const login of ['guest', 'guest']) {
    const { person, role } = await whoIs(api, await signIn(api, login));
    expect({ role, login: person?.login, name: person?.name }).toEqual({
      role: 'viewer',
      login: 'guest@example.go.id',
      name: 'Tamu',
    });
  }
  expect(api.operations.people()).toHaveLength(1);
});

describe('an answer is refused', () => {
  test('in a browser that did not begin, at the second time, and after ten minutes', async () => {
    const api = await oidcApi();
    await addSari(api);
    const { cookie, url } = await begin(api);
    const address = await visitIdentityService(url, 'sari');
    expect(ledTo(await comeBack(address, ''))).toBe(FAILED('OIDC_REFUSED'));
    const { cookie: foreign } = await begin(api);
    expect(ledTo(await comeBack(address, foreign))).toBe(FAILED('OIDC_REFUSED'));
    expect(ledTo(await comeBack(address, cookie))).toBe('303 /#/');
    expect(ledTo(await comeBack(address, cookie))).toBe(FAILED('OIDC_REFUSED'));
    const late = await begin(api);
    const lateAddress = await visitIdentityService(late.url, 'sari');
    await api.clock.advance(minutes(11));
    expect(ledTo(await comeBack(lateAddress, late.cookie))).toBe(FAILED('OIDC_REFUSED'));
  });

  test('with the code of another sign-in, whose verifier and nonce are others', async () => {
    const api = await oidcApi();
    await addSari(api);
    const own = await begin(api);
    const other = await begin(api);
    const stolen = new URL(await visitIdentityService(other.url, 'sari')).searchParams.get('code') ?? '';
    const address = new URL(await visitIdentityService(own.url, 'sari'));
    address.searchParams.set('code', stolen);
    expect(ledTo(await comeBack(address.href, own.cookie))).toBe(FAILED('OIDC_REFUSED'));
  });

  test('that says that the person stopped', async () => {
    const api = await oidcApi();
    const { cookie } = await begin(api);
    const state = cookie.split('=')[1] ?? '';
    const address = `${api.url}/v1/session/oidc/callback?error=access_denied&state=${state}`;
    expect(ledTo(await comeBack(`${address}&iss=${encodeURIComponent(api.service.issuer)}`, cookie))).toBe(
      FAILED('OIDC_REFUSED'),
    );
  });
});

describe('an operator reads in the log, and the person on the page,', () => {
  const warnings = ({ log }: TestApi): string => JSON.stringify(log.lines.filter(({ level }) => level === 'warn'));

  test('that the secret is wrong', async () => {
    const api = await oidcApi({ clientSecret: 'a-wrong-secret-of-a-test' });
    await addSari(api);
    expect(ledTo(await signIn(api, 'sari'))).toBe(FAILED('OIDC_CLIENT_REFUSED'));
    expect(warnings(api)).toContain('compare accounts.oidc.clientId and clientSecret');
    expect(JSON.stringify(api.log.lines)).not.toContain('a-wrong-secret');
  });

  test('that the clock of this machine is ahead', async () => {
    const api = await oidcApi();
    await addSari(api);
    api.clock.set(systemClock.now() + hours(2).ms);
    expect(ledTo(await signIn(api, 'sari'))).toBe(FAILED('OIDC_CLOCK'));
    expect(warnings(api)).toContain('set the clocks');
  });

  test('that the identity service is away, at the begin and at the end, and it works again afterwards', async () => {
    const api = await oidcApi();
    await addSari(api);
    await api.service.stop();
    const answer = await problemOf(await api.post('/v1/session/oidc', {}, PAGE));
    expect(answer).toMatchObject({ status: 503, code: 'OIDC_UNREACHABLE' });
    expect(warnings(api)).toContain('check accounts.oidc.issuer');
    await api.service.again();
    const { cookie, url } = await begin(api);
    const address = await visitIdentityService(url, 'sari');
    await api.service.stop();
    expect(ledTo(await comeBack(address, cookie))).toBe(FAILED('OIDC_UNREACHABLE'));
    await api.service.again();
    expect(ledTo(await signIn(api, 'sari'))).toBe('303 /#/');
  });
});

test('attempts of one address are limited, and pages of other sites are refused', async () => {
  const api = await oidcApi();
  const foreign = await api.post('/v1/session/oidc', {}, { 'sec-fetch-site': 'cross-site' });
  expect(await problemOf(foreign)).toMatchObject({ code: 'ORIGIN_REFUSED' });
  for (let attempt = 0; attempt < 10; attempt += 1) await begin(api);
  const answer = await problemOf(await api.post('/v1/session/oidc', {}, PAGE));
  expect(answer).toMatchObject({ status: 429, code: 'SIGN_IN_LIMITED' });
});
