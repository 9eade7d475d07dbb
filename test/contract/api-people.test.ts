import { describe, expect, test } from 'vitest';
import { days, hours, minutes } from '#model/base/duration.ts';
import { InvitationDocument, SessionDocument, SessionList } from '#api/session/schema.ts';
import {
  LinkDocument,
  PeopleList,
  PersonAdded,
  PersonalDataDocument,
  TokenAdded,
  TokenList,
} from '#api/people/schema.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { answerOf, asOperator, problemOf, testApi, type TestApi } from '#test/support/servers/api.ts';
import { ANY_ENTRY } from '#test/support/builders/audit-query.ts';
import { aPersonWith, cookieOf, PASSWORD, withCookie } from '#test/support/clients/people.ts';
import { anAlert } from '#test/support/servers/console.ts';

const SARI = { login: 'sari', name: 'Sari Wulandari', role: 'duty', phone: '+62 812-3456-7890' };
const PAGE = { 'sec-fetch-site': 'same-origin' };

/** Adds Sari, who joins by her link; gives the cookie of her browser. */
const joined = async ({ post }: TestApi): Promise<{ readonly id: number; readonly cookie: string }> => {
  const { person, invitation } = await answerOf(await post('/v1/people', SARI), PersonAdded);
  const body = { code: invitation?.code, password: PASSWORD, consent: true };
  const accepted = await post('/v1/invitation/accept', body, PAGE);
  expect(accepted.status).toBe(200);
  return { id: person.id, cookie: cookieOf(accepted) };
};

const signIn = ({ post }: TestApi, password: string, login = 'sari', headers = {}) =>
  post('/v1/session', { login, password }, { ...PAGE, ...headers });

const whoIs = async ({ get }: TestApi, cookie: string) =>
  answerOf(await get('/v1/session', withCookie(cookie)), SessionDocument);

describe('the first operator', () => {
  test('joins by a link that works once, and has all rights', async () => {
    const api = await testApi();
    const { post } = api;
    expect((await whoIs(api, '')).empty).toBe(true);
    const link = await answerOf(await post('/v1/people/first', {}), LinkDocument);
    expect(link.path).toBe(`/#/invitation/${link.code}`);
    const shown = await answerOf(await post('/v1/invitation', { code: link.code }, PAGE), InvitationDocument);
    expect(shown).toMatchObject({ purpose: 'join', name: null, login: null });
    const body = { code: link.code, name: 'Budi', login: 'Budi', password: PASSWORD, consent: true, keep: true };
    const accepted = await post('/v1/invitation/accept', body, PAGE);
    const cookie = cookieOf(accepted);
    expect(accepted.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=15552000$/);
    const { person, role, empty } = await whoIs(api, cookie);
    expect(person).toMatchObject({
      name: 'Budi',
      login: 'budi',
      role: 'operator',
      consent_at: '2026-11-24T03:00:00.000Z',
    });
    expect({ role, empty }).toEqual({ role: 'operator', empty: false });
    expect((await post('/v1/people', SARI, withCookie(cookie))).status).toBe(201);
    const again = await problemOf(await post('/v1/invitation/accept', { ...body, login: 'other' }, PAGE));
    expect(again).toMatchObject({ status: 403, code: 'INVITATION_REFUSED' });
    expect(await problemOf(await post('/v1/people/first', {}))).toMatchObject({ status: 409 });
  });

  test('has to consent, and to choose a password that is not easy to guess', async () => {
    const { post } = await testApi();
    const { code } = await answerOf(await post('/v1/people/first', {}), LinkDocument);
    const body = { code, name: 'Budi Santoso', login: 'budi', password: PASSWORD };
    expect((await problemOf(await post('/v1/invitation/accept', body, PAGE))).detail).toContain('consent');
    for (const password of ['short', 'aaaaaaaaaaaaaaaa', 'budi santoso klawing', 'klawingklawing']) {
      const answer = await post('/v1/invitation/accept', { ...body, consent: true, password }, PAGE);
      expect(await problemOf(answer), password).toMatchObject({ status: 400, code: 'PASSWORD_WEAK' });
    }
    expect((await post('/v1/invitation/accept', { ...body, consent: true }, PAGE)).status).toBe(200);
  });
});

describe('a person', () => {
  test('signs in with name and password, in whatever case the name is written', async () => {
    const api = await testApi();
    await joined(api);
    const answer = await signIn(api, PASSWORD, ' SARI ');
    expect(answer.status).toBe(200);
    expect((await whoIs(api, cookieOf(answer))).person).toMatchObject({ name: 'Sari Wulandari', role: 'duty' });
    expect(JSON.stringify([api.log.lines, api.operations.passwordOf(1)])).not.toContain(PASSWORD);
  });

  test('gets the same answer for a wrong password, an unknown name, and after being disabled', async () => {
    const api = await testApi();
    const { id } = await joined(api);
    const wrong = await problemOf(await signIn(api, 'wrong password here'));
    expect(wrong).toMatchObject({ status: 401, code: 'SIGN_IN_REFUSED' });
    expect(await problemOf(await signIn(api, PASSWORD, 'nobody'))).toEqual(wrong);
    await api.accounts.people.change(id, { disabled: true });
    expect(await problemOf(await signIn(api, PASSWORD))).toEqual(wrong);
  });

  test('has a new session at each sign-in, and the earlier one of the browser ends', async () => {
    const api = await testApi();
    const { cookie } = await joined(api);
    const next = cookieOf(await signIn(api, PASSWORD, 'sari', withCookie(cookie)));
    expect(next).not.toBe(cookie);
    expect((await whoIs(api, cookie)).person).toBeNull();
    expect((await whoIs(api, next)).person).not.toBeNull();
  });

  test('signs out, and ends the session of a lost phone', async () => {
    const api = await testApi();
    const { cookie } = await joined(api);
    const phone = cookieOf(await signIn(api, PASSWORD));
    const list = async () =>
      (await answerOf(await api.get('/v1/sessions', withCookie(cookie)), SessionList)).sessions.map(({ id }) => id);
    const [lost, own] = await list();
    const end = (path: string) => fetch(`${api.url}${path}`, { method: 'DELETE', headers: withCookie(cookie) });
    expect((await end(`/v1/sessions/${lost}`)).status).toBe(200);
    expect((await whoIs(api, phone)).person).toBeNull();
    expect(await list()).toEqual([own]);
    const out = await end('/v1/session');
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await whoIs(api, cookie)).person).toBeNull();
  });

  test('stays signed in for long on a device of the own, as long as it is used, and for hours elsewhere', async () => {
    const api = await testApi();
    await joined(api);
    const short = cookieOf(await signIn(api, PASSWORD));
    const answer = await api.post('/v1/session', { login: 'sari', password: PASSWORD, keep: true }, PAGE);
    const long = cookieOf(answer);
    await api.clock.advance(hours(13));
    expect((await whoIs(api, short)).person).toBeNull();
    for (let month = 0; month < 5; month += 1) {
      await api.clock.advance(days(170));
      const renewed = await api.get('/v1/session', withCookie(long));
      expect(renewed.headers.get('set-cookie')).toContain('Max-Age=15552000');
    }
    await api.clock.advance(days(181));
    expect((await whoIs(api, long)).person).toBeNull();
  });

  test('keeps the language of the pages with the account, as the trail of changes says', async () => {
    const api = await testApi();
    const { id, cookie } = await joined(api);
    const choose = (language: string) =>
      fetch(`${api.url}/v1/session/language`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...withCookie(cookie) },
        body: JSON.stringify({ language }),
      });
    expect(await problemOf(await choose('jv'))).toMatchObject({ status: 400 });
    expect((await choose('en')).status).toBe(200);
    const other = cookieOf(await signIn(api, PASSWORD));
    expect((await whoIs(api, other)).person).toMatchObject({ name: SARI.name, role: SARI.role, language: 'en' });
    const [entry] = api.operations.auditEntries({ ...ANY_ENTRY, action: 'chooseLanguage' });
    expect(entry).toMatchObject({ actor: `person:${id}`, subject: `person:${id}`, detail: { language: 'en' } });
    await api.accounts.people.erase(id);
    expect(api.operations.person(id)).not.toHaveProperty('language');
  });

  test('changes the password with the present one, and the other sessions end', async () => {
    const api = await testApi();
    const { cookie } = await joined(api);
    const other = cookieOf(await signIn(api, PASSWORD));
    const change = (body: object) =>
      fetch(`${api.url}/v1/session/password`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...withCookie(cookie) },
        body: JSON.stringify(body),
      });
    const next = 'lima kata acak lain 7';
    expect((await change({ old: 'wrong', new: next })).status).toBe(401);
    expect((await change({ old: PASSWORD, new: next })).status).toBe(200);
    expect((await whoIs(api, other)).person).toBeNull();
    expect((await whoIs(api, cookie)).person).not.toBeNull();
    expect((await signIn(api, PASSWORD)).status).toBe(401);
    expect((await signIn(api, next)).status).toBe(200);
  });

  test('is signed out, and loses the password, when an operator makes a link for a new one', async () => {
    const api = await testApi();
    const { id, cookie } = await joined(api);
    const link = await answerOf(await api.post(`/v1/people/${id}/invitation`, { purpose: 'reset' }), LinkDocument);
    expect((await whoIs(api, cookie)).person).toBeNull();
    expect((await signIn(api, PASSWORD)).status).toBe(401);
    const next = 'lima kata acak lain 7';
    const body = { code: link.code, password: next, consent: true };
    expect((await api.post('/v1/invitation/accept', body, PAGE)).status).toBe(200);
    expect((await signIn(api, next)).status).toBe(200);
  });

  test('has the new role from the next request on, and none after being disabled', async () => {
    const api = await testApi();
    const { id, cookie } = await joined(api);
    await api.accounts.people.change(id, { role: 'viewer' });
    expect((await whoIs(api, cookie)).role).toBe('viewer');
    const silence = { station: 'ST1', for: '2h', reason: 'sensor dibersihkan' };
    expect((await api.post('/v1/silences', silence, withCookie(cookie))).status).toBe(403);
    await api.accounts.people.change(id, { disabled: true });
    expect((await whoIs(api, cookie)).person).toBeNull();
  });

  test('sends no password unencrypted from elsewhere, unless the network is trusted', async () => {
    const elsewhere = { 'x-forwarded-for': '1.2.3.4' };
    const api = await testApi();
    await joined(api);
    expect(await problemOf(await signIn(api, PASSWORD, 'sari', elsewhere))).toMatchObject({ code: 'TLS_REQUIRED' });
    const tls = await signIn(api, PASSWORD, 'sari', { ...elsewhere, 'x-forwarded-proto': 'https' });
    expect(tls.headers.get('set-cookie')).toMatch(/^__Host-klawing=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    const trusted = await testApi({}, { accountSettings: AccountSettings.parse({ insecure: true }) });
    await joined(trusted);
    expect((await signIn(trusted, PASSWORD, 'sari', elsewhere)).status).toBe(200);
  });
});

describe('attempts to sign in', () => {
  test('are limited at one account, but not for a browser address that signed in before', async () => {
    const api = await testApi();
    await joined(api);
    const from = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
    expect((await signIn(api, PASSWORD, 'sari', from('10.0.0.1'))).status).toBe(200);
    for (let i = 0; i < 10; i += 1) {
      expect((await signIn(api, `guess number ${i}`, 'sari', from(`10.1.0.${i}`))).status).toBe(401);
    }
    const limited = await signIn(api, PASSWORD, 'sari', from('10.2.0.1'));
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(await problemOf(limited)).toMatchObject({ status: 429, code: 'SIGN_IN_LIMITED' });
    expect((await signIn(api, PASSWORD, 'sari', from('10.0.0.1'))).status).toBe(200);
    await api.clock.advance(minutes(16));
    expect((await signIn(api, PASSWORD, 'sari', from('10.2.0.1'))).status).toBe(200);
  });

  test('are limited for one address, whatever names it tries', async () => {
    const api = await testApi();
    await joined(api);
    for (let i = 0; i < 30; i += 1) expect((await signIn(api, 'guess', `name-${i}`)).status).toBe(401);
    expect((await signIn(api, PASSWORD)).status).toBe(429);
  });
});

describe('the name of a person', () => {
  test('stands in the changes that the person makes, whatever the body says', async () => {
    const api = await testApi();
    const { cookie } = await joined(api);
    await api.operations.commitAlerts({ alerts: [anAlert()], events: [], messages: [] });
    const own = withCookie(cookie);
    const acknowledged = await api.post(
      '/v1/alerts/7/acknowledge',
      { by: 'Somebody else', note: 'menuju lokasi' },
      own,
    );
    expect(await acknowledged.json()).toMatchObject({ acknowledged: { by: 'Sari Wulandari' } });
    const silence = { rule: 'siaga', for: '2h', reason: 'sensor dibersihkan' };
    expect(await (await api.post('/v1/silences', silence, own)).json()).toMatchObject({ by: 'Sari Wulandari' });
    expect(await (await api.post('/v1/silences', { ...silence, by: 'Posko' })).json()).toMatchObject({ by: 'Posko' });
  });

  test('goes when the person is erased, with contacts, passkeys and sessions, and the trail of changes stays valid', async () => {
    const api = await testApi();
    const { id, cookie } = await joined(api);
    await api.operations.commitAlerts({ alerts: [anAlert()], events: [], messages: [] });
    await api.post('/v1/alerts/7/acknowledge', { note: 'menuju lokasi' }, withCookie(cookie));
    const data = await answerOf(await api.get(`/v1/people/${id}/data`, asOperator), PersonalDataDocument);
    expect(data.person).toMatchObject(SARI);
    expect(data.sessions).toHaveLength(1);
    expect(data.entries.map(({ action }) => action)).toContain('acknowledgeAlert');
    const passkey = { person: id, name: 'Telepon Sari', credential: 'c-1', publicKey: new Uint8Array(1), counter: 0 };
    await api.operations.changeAccounts([{ kind: 'add-passkey', passkey: { ...passkey, createdAt: api.clock.now() } }]);
    expect(api.operations.passkeysOf(id)).toHaveLength(1);
    const erased = await fetch(`${api.url}/v1/people/${id}`, { method: 'DELETE', headers: asOperator });
    expect(await erased.json()).toMatchObject({ id, name: `person ${id}`, login: null, role: null });
    expect((await whoIs(api, cookie)).person).toBeNull();
    expect(api.operations.passkeysOf(id)).toEqual([]);
    for (const path of ['/v1/alerts/7', '/v1/audit', '/v1/people', '/v1/silences']) {
      const text = await (await api.get(path, asOperator)).text();
      expect(text, path).not.toMatch(/sari|812-3456/i);
    }
    expect(await (await api.get('/v1/alerts/7')).json()).toMatchObject({ acknowledged: { by: `person ${id}` } });
    const { people } = await answerOf(await api.get('/v1/people', asOperator), PeopleList);
    expect(people).toEqual([]);
    const next = await answerOf(await api.post('/v1/people', SARI), PersonAdded);
    expect(next.person.id).toBeGreaterThan(id);
  });
});

describe('a contact', () => {
  test('has agreed, cannot sign in, and is shown to operators only', async () => {
    const api = await testApi();
    const contact = { name: 'Budi, RT 03', phone: '+62 813-1111-2222' };
    expect((await problemOf(await api.post('/v1/people', contact))).detail).toContain('consent');
    const added = await answerOf(await api.post('/v1/people', { ...contact, consent: true }), PersonAdded);
    expect(added).toMatchObject({ person: { login: null, role: null }, invitation: null });
    expect((await api.post(`/v1/people/${added.person.id}/invitation`, {})).status).toBe(409);
    const { headers } = await aPersonWith(api, 'analyst');
    expect((await api.get('/v1/people', headers)).status).toBe(403);
  });
});

describe('a token of a program', () => {
  test('has the rights of its role until its end, or until it is revoked', async () => {
    const api = await testApi();
    const body = { name: 'posko-display', role: 'duty', valid: '2d' };
    const { token, secret } = await answerOf(await api.post('/v1/tokens', body), TokenAdded);
    const bearer = { authorization: `Bearer ${secret}` };
    const silence = { station: 'ST1', for: '2h', reason: 'sensor dibersihkan' };
    const made = await api.post('/v1/silences', silence, bearer);
    expect(await made.json()).toMatchObject({ by: 'posko-display' });
    expect((await api.get('/v1/stations', { ...bearer, 'x-forwarded-for': '1.2.3.4' })).status).toBe(200);
    const listedAs = async () => (await answerOf(await api.get('/v1/tokens', asOperator), TokenList)).tokens;
    expect(await listedAs()).toMatchObject([{ name: 'posko-display', used_at: '2026-11-24T03:00:00.000Z' }]);
    expect((await api.post('/v1/tokens', body, bearer)).status).toBe(403);
    expect((await api.post('/v1/tokens', body)).status).toBe(409);
    await api.clock.advance(days(2));
    expect((await api.post('/v1/silences', silence, bearer)).status).toBe(401);
    const other = await answerOf(await api.post('/v1/tokens', { ...body, name: 'other' }), TokenAdded);
    const revoked = await fetch(`${api.url}/v1/tokens/${other.token.id}`, { method: 'DELETE', headers: asOperator });
    expect(revoked.status).toBe(200);
    expect((await api.post('/v1/silences', silence, { authorization: `Bearer ${other.secret}` })).status).toBe(401);
    expect(token.id).not.toBe(other.token.id);
  });
});

describe('the demo', () => {
  test('signs in by itself on this machine only, and its session is valid in the demo only', async () => {
    const api = await testApi({}, { isDemo: true });
    expect(await whoIs(api, '')).toMatchObject({ demo: true });
    const answer = await api.post('/v1/session/demo', {}, PAGE);
    const cookie = cookieOf(answer);
    expect(await whoIs(api, cookie)).toMatchObject({ role: 'operator', person: { login: 'demo' } });
    const elsewhere = { ...PAGE, 'x-forwarded-for': '1.2.3.4' };
    expect((await api.post('/v1/session/demo', {}, elsewhere)).status).toBe(404);
    expect((await api.get('/v1/people', { ...withCookie(cookie), 'x-forwarded-for': '1.2.3.4' })).status).toBe(401);
    expect((await api.post('/v1/session/demo', {}, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await api.post('/v1/people/1/invitation', {})).status).toBe(409);
    const other = await testApi();
    expect((await other.post('/v1/session/demo', {}, PAGE)).status).toBe(404);
  });
});
