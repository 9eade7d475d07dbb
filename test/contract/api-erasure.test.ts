import { expect, onTestFinished, test } from 'vitest';
import { PersonAdded } from '#api/people/schema.ts';
import { startAccountRetention } from '#accounts/retention.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { days, hours } from '#model/base/duration.ts';
import type { Person } from '#model/accounts/person.ts';
import { ANY_ENTRY } from '#test/support/builders/audit-query.ts';
import { answerOf, asOperator, problemOf, testApi, type TestApi } from '#test/support/servers/api.ts';
import { aPersonWith } from '#test/support/clients/people.ts';
import { anAlert } from '#test/support/servers/console.ts';

const SARI = {
  login: 'sari.w',
  name: 'Sari Bukateja Wulandari',
  role: 'duty',
  email: 'sari@example.go.id',
  phone: '+62 812-3456-7890',
};
const NOTE = 'Sari menuju lokasi di Bukateja, hubungi 0812 3456 7890 atau SARI@example.go.id';
const PERSONAL = /sari\b|wulandari|3456|sari@/i;

/** Sari, named in notes of her own and of others in every place where people write. */
const withNotes = async (): Promise<TestApi & { readonly person: Person }> => {
  const api = await testApi();
  const { operations, clock, post } = api;
  const { person } = await answerOf(await post('/v1/people', SARI), PersonAdded);
  const { headers } = await aPersonWith(api, 'duty');
  const { cookie, change } = api.accounts.sessions.prepare(person.id, { browser: 'Firefox, Linux', isKept: true });
  await operations.changeAccounts([change]);
  const own = { cookie: `klawing=${cookie.reveal()}`, 'sec-fetch-site': 'same-origin' };
  const at = clock.now();
  const message = {
    key: 'j-1-8-closed',
    alert: 8,
    state: 'closed' as const,
    channel: 'email',
    recipient: 'posko@example.go.id',
    body: JSON.stringify({ text: `Diakhiri oleh Sari Bukateja Wulandari: ${NOTE}` }),
    receivedAt: at,
    createdAt: at,
    isReplacing: false,
  };
  const ended = anAlert({
    id: 8,
    rule: 'waspada',
    state: 'closed',
    closing: { at, reason: 'by-hand', by: SARI.name, note: NOTE },
  });
  const event = { alert: 8, kind: 'closed' as const, at, receivedAt: at, value: 1, note: NOTE, by: SARI.name };
  await operations.commitAlerts({ alerts: [anAlert(), ended], events: [event], messages: [message] });
  expect((await post('/v1/alerts/7/acknowledge', { note: NOTE }, own)).status).toBe(200);
  const silence = { station: 'ST1', for: '2h', reason: `diminta ${SARI.name} (sari.w)` };
  expect((await post('/v1/silences', silence, headers)).status).toBe(201);
  const found = operations.person(person.id);
  if (found === undefined) throw new Error('the person was not added');
  return { ...api, person: found };
};

const PATHS = ['/v1/alerts', '/v1/alerts/7', '/v1/alerts/8', '/v1/silences', '/v1/audit', '/v1/people'];

const shown = async ({ get }: TestApi): Promise<readonly string[]> =>
  Promise.all(PATHS.map(async (path) => (await get(path, asOperator)).text()));

test('an erasure replaces the person in the notes of everyone, keeps the notes, and changes no entry of the trail', async () => {
  const api = await withNotes();
  const { person, operations } = api;
  const before = operations.auditEntries(ANY_ENTRY);
  for (const path of PATHS.slice(1, 4)) expect(await (await api.get(path, asOperator)).text(), path).toMatch(PERSONAL);
  await fetch(`${api.url}/v1/people/${person.id}`, { method: 'DELETE', headers: asOperator });
  for (const text of await shown(api)) expect(text).not.toMatch(PERSONAL);
  expect(
    operations
      .deliveries(8)
      .map(({ body }) => body)
      .join(''),
  ).not.toMatch(PERSONAL);
  const pseudonym = `person ${person.id}`;
  const note = `${pseudonym} menuju lokasi di Bukateja, hubungi ${pseudonym} atau ${pseudonym}`;
  expect(await (await api.get('/v1/alerts/7')).json()).toMatchObject({ acknowledged: { by: pseudonym, note } });
  expect(await (await api.get('/v1/alerts/8')).json()).toMatchObject({ history: [{ by: pseudonym, note }] });
  expect(operations.alert(8)?.closing).toMatchObject({ by: pseudonym, note });
  expect(await (await api.get('/v1/silences')).json()).toMatchObject({
    silences: [{ reason: `diminta ${pseudonym} (${pseudonym})` }],
  });
  const after = operations.auditEntries(ANY_ENTRY);
  expect(after.slice(1)).toEqual(before);
  expect(after[0]).toMatchObject({ action: 'erasePerson', subject: `person:${person.id}`, detail: {} });
});

test('a person who is disabled is erased after the time of retention, notes included, and not before', async () => {
  const api = await withNotes();
  const { person, operations, accounts, clock, log } = api;
  await accounts.people.change(person.id, { disabled: true });
  const settings = AccountSettings.parse({ keepDisabled: '30d' });
  const job = startAccountRetention(settings, { clock, log, operations, people: accounts.people });
  onTestFinished(() => job.stop());
  await clock.advance(days(29));
  expect(operations.person(person.id)?.name).toBe(SARI.name);
  await clock.advance(days(1));
  await clock.advance(hours(2));
  expect(operations.person(person.id)).toMatchObject({ name: `person ${person.id}`, erasedAt: expect.any(Number) });
  for (const text of await shown(api)) expect(text).not.toMatch(PERSONAL);
  expect(operations.auditEntries({ ...ANY_ENTRY, limit: 1 })).toMatchObject([
    { actor: 'service', action: 'erasePerson' },
  ]);
  expect(await problemOf(await api.get(`/v1/people/${person.id}/data`, asOperator))).toMatchObject({ status: 404 });
});
