import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { days, hours, minutes } from '#model/base/duration.ts';
import { testApi, type TestApi } from '#test/support/servers/api.ts';
import { withCookie } from '#test/support/clients/people.ts';

const ELSEWHERE = { 'x-forwarded-for': '1.2.3.4' };

/** Another program that lets nobody write the operations database, until it is told to stop. */
const holdDatabase = ({ folder }: TestApi): (() => void) => {
  const holder = new DatabaseSync(join(folder, 'operations.db'));
  onTestFinished(() => {
    if (holder.isOpen) holder.close();
  });
  holder.exec('BEGIN IMMEDIATE');
  return () => holder.close();
};

test('a session and a token go on reading while the operations database cannot be written', async () => {
  const api = await testApi();
  const { accounts, clock, operations } = api;
  const { person } = await accounts.people.add({ name: 'Sari', login: 'sari', role: 'duty' });
  const { cookie, change } = accounts.sessions.prepare(person.id, { browser: 'Firefox, Linux', isKept: false });
  await operations.changeAccounts([change]);
  const { secret } = await accounts.tokens.add({ name: 'posko', role: 'viewer', valid: days(30) });
  const bySession = { ...ELSEWHERE, ...withCookie(cookie.reveal()) };
  const byToken = { ...ELSEWHERE, authorization: `Bearer ${secret.reveal()}` };
  const release = holdDatabase(api);
  // together longer than a session that is not used
  for (const span of [hours(9), hours(9)]) {
    await clock.advance(span);
    for (const headers of [bySession, byToken]) expect((await api.get('/v1/stations', headers)).status).toBe(200);
  }
  release();
  await clock.advance(minutes(2));
  expect((await api.get('/v1/stations', bySession)).status).toBe(200);
  expect(operations.sessionsOf(person.id)).toMatchObject([{ seenAt: clock.now() }]);
  expect((await api.get('/v1/stations', byToken)).status).toBe(200);
  expect(operations.tokens()).toMatchObject([{ usedAt: clock.now() }]);
});

test('a session that nobody used ends in time while the operations database cannot be written', async () => {
  const api = await testApi();
  const { accounts, clock, operations } = api;
  const { person } = await accounts.people.add({ name: 'Sari', login: 'sari', role: 'duty' });
  const { cookie, change } = accounts.sessions.prepare(person.id, { browser: 'Firefox, Linux', isKept: false });
  await operations.changeAccounts([change]);
  const read = () => api.get('/v1/stations', { ...ELSEWHERE, ...withCookie(cookie.reveal()) });
  holdDatabase(api);
  await clock.advance(hours(9));
  expect((await read()).status).toBe(200);
  await clock.advance(hours(13));
  expect((await read()).status).toBe(401);
});
