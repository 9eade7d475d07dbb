import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeAccounts } from '#accounts/accounts.ts';
import { startAccountRetention } from '#accounts/retention.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { days, hours } from '#model/base/duration.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { verifyAudit } from '#storage/operations/sqlite/verify-audit.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const started = async () => {
  const path = join(tempFolder(), 'operations.db');
  const operations = openSqliteOperations(path);
  onTestFinished(() => operations.stop());
  const clock = manualClock();
  const settings = AccountSettings.parse({ keepDisabled: '30d' });
  const accounts = makeAccounts({ clock, rows: operations, secretKey: randomBytes(32), settings });
  const { person } = await accounts.people.add({
    name: 'Sari Wulandari',
    login: 'sari',
    role: 'duty',
    phone: '+62 812-3456-7890',
  });
  const { change } = accounts.sessions.prepare(person.id, { browser: 'Firefox, Linux', isKept: false });
  await operations.changeAccounts([change]);
  const retention = startAccountRetention(settings, {
    clock,
    log: silentLog(),
    operations,
    people: accounts.people,
  });
  onTestFinished(() => retention.stop());
  return { path, operations, clock, accounts, id: person.id };
};

test('a person who was disabled is erased after the kept time, by the service, and the trail stays valid', async () => {
  const { path, operations, clock, accounts, id } = await started();
  await accounts.people.change(id, { disabled: true });
  await clock.advance(days(29));
  expect(operations.person(id)).toMatchObject({ name: 'Sari Wulandari', login: 'sari' });
  await clock.advance(days(2));
  const erased = operations.person(id);
  expect(erased).toMatchObject({ name: `person ${id}` });
  expect([erased?.login, erased?.role]).toEqual([undefined, undefined]);
  expect(erased).not.toHaveProperty('phone');
  const filter = { action: 'erasePerson', subject: `person:${id}`, from: undefined, to: undefined, before: undefined };
  const entries = operations.auditEntries({ ...filter, actor: 'service', limit: 10 });
  expect(entries).toHaveLength(1);
  expect(verifyAudit(path)).toMatchObject({ entries: 1, fault: undefined });
});

test('a person who is enabled again within the kept time stays', async () => {
  const { operations, clock, accounts, id } = await started();
  await accounts.people.change(id, { disabled: true });
  await clock.advance(days(20));
  await accounts.people.change(id, { disabled: false });
  await clock.advance(days(40));
  expect(operations.person(id)).toMatchObject({ name: 'Sari Wulandari', login: 'sari' });
});

test('ended sessions, links and tokens are removed within the hour', async () => {
  const { operations, clock, accounts, id } = await started();
  await accounts.tokens.add({ name: 'posko-display', role: 'viewer', valid: hours(5) });
  await clock.advance(hours(4));
  expect([operations.tokens().length, operations.sessionsOf(id).length]).toEqual([1, 1]);
  await clock.advance(hours(9.5));
  expect([operations.tokens().length, operations.sessionsOf(id).length]).toEqual([0, 0]);
});
