import { readFileSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { AlertSettings } from '#alerter/settings.ts';
import { headText, startHeadLog } from '#audit/head.ts';
import { auditSettings } from '#audit/settings.ts';
import { runProgram } from '#cli/program.ts';
import { days, minutes } from '#model/base/duration.ts';
import { openDataFolder } from '#runtime/data-folder.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { verifyAudit } from '#storage/operations/sqlite/verify-audit.ts';
import { ANY_ENTRY } from '#test/support/builders/audit-query.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { WAIT } from '#test/support/limits.ts';

const secretKey = Buffer.alloc(32, 7);

const EMAIL = {
  smtp: 'smtp://klawing:rahasia-surel@mail.example.go.id:587',
  to: ['posko@example.go.id'],
  from: 'alert@example.go.id',
};

const settingsWith = (email: object = {}, language = 'id') => ({
  alerts: AlertSettings.parse({ language, channels: { email: { ...EMAIL, ...email } } }),
});

/** The trail of a service that starts again and again. */
const trail = () => {
  const folder = tempFolder();
  const { operations: path } = openDataFolder(folder);
  const operations = openSqliteOperations(path);
  onTestFinished(() => operations.stop());
  const clock = manualClock();
  return {
    folder,
    path,
    operations,
    clock,
    entries: () => operations.auditEntries(ANY_ENTRY),
    start: (settings: object) => auditSettings(settings, operations, { at: clock.now(), secretKey }),
  };
};

test('a start writes all settings once, and a later start only what differs', async () => {
  const { start, entries } = trail();
  await start(settingsWith());
  await start(settingsWith());
  expect(entries()).toMatchObject([{ number: 1, actor: 'service', action: 'startWithSettings', subject: 'settings' }]);
  expect(entries()[0]?.detail).toMatchObject({ 'alerts.language': 'id', 'alerts.maxAttempts': 500 });
  await start(settingsWith({}, 'en'));
  await start({});
  expect(entries()[1]?.detail).toEqual({ 'alerts.language': 'en' });
  expect(entries()[0]?.detail).toMatchObject({ 'alerts.language': null, 'alerts.maxAttempts': null });
});

test.for([
  ['a recipient', { to: ['duty@example.go.id'] }, 'alerts.channels.email.to'],
  ['the sender', { from: 'lain@example.go.id' }, 'alerts.channels.email.from'],
  [
    'the password of the mail server',
    { smtp: 'smtp://klawing:sandi-baru@mail.example.go.id:587' },
    'alerts.channels.email.smtp',
  ],
] as const)('a change of %s is an entry that does not show the value', async ([, change, name]) => {
  const { start, entries } = trail();
  await start(settingsWith());
  await start(settingsWith(change));
  await start(settingsWith(change));
  expect(entries()).toHaveLength(2);
  expect(entries()[0]?.detail).toMatchObject({ [name]: expect.stringMatching(/^\[hidden [0-9a-f]{8}\]$/) });
  expect(JSON.stringify(entries())).not.toMatch(/@example|rahasia-surel|sandi-baru|mail\.example/);
});

test('the head of the trail is logged at the start and once each day, and each logged head can be verified', async () => {
  const { start, operations, clock, path } = trail();
  const log = silentLog();
  await start(settingsWith());
  const job = startHeadLog({ clock, log, operations });
  onTestFinished(() => job.stop());
  const heads = () => log.lines.filter(({ event }) => event === 'audit head').map(({ fields }) => fields['head']);
  await clock.advance(minutes(1));
  expect(heads()).toHaveLength(1);
  await start(settingsWith({}, 'en'));
  await clock.advance(minutes(23 * 60));
  expect(heads()).toHaveLength(1);
  await clock.advance(minutes(60));
  await clock.advance(days(1));
  expect(heads().map((head) => String(head).split(':')[0])).toEqual(['1', '2', '2']);
  const head = operations.auditHead();
  if (head === undefined) throw new Error('no head');
  expect(heads()[1]).toBe(headText(head));
  expect(verifyAudit(path, head)).toEqual({ entries: 2, head, fault: undefined });
});

test('klawing audit verify finds one changed byte of a setting in the file', async () => {
  const { start, operations, path, folder } = trail();
  await start(settingsWith());
  await start(settingsWith({}, 'en'));
  await operations.stop();
  const verify = async () => {
    const lines: string[] = [];
    const status = await runProgram(['audit', 'verify'], {
      env: { KLAWING_DATA: folder },
      out: (text) => lines.push(text),
      error: (text) => lines.push(text),
      isTerminal: false,
      ended: AbortSignal.timeout(WAIT.ms),
    });
    return { status, out: lines.join('\n') };
  };
  expect(await verify()).toMatchObject({ status: 0, out: expect.stringMatching(/^2 entries as written/) });
  const file = readFileSync(path);
  const place = file.lastIndexOf('"alerts.maxAttempts":500');
  expect(place).toBeGreaterThan(0);
  file.write('9', place + '"alerts.maxAttempts":'.length);
  writeFileSync(path, file);
  expect(await verify()).toMatchObject({ status: 1, out: expect.stringContaining('CHANGED: entry 1') });
});
