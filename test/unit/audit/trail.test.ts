import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { headText, startHeadLog } from '#audit/head.ts';
import { auditSettings } from '#audit/settings.ts';
import { days, hours } from '#model/base/duration.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { verifyAudit } from '#storage/operations/sqlite/verify-audit.ts';
import { ANY_ENTRY } from '#test/support/builders/audit-query.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const secretKey = Buffer.alloc(32, 7);
const HIDDEN: unknown = expect.stringMatching(/^\[hidden [0-9a-f]{8}\]$/);

const opened = () => {
  const path = join(tempFolder(), 'operations.db');
  const operations = openSqliteOperations(path);
  onTestFinished(() => operations.stop());
  const details = () =>
    operations.auditEntries({ ...ANY_ENTRY, action: 'startWithSettings' }).map(({ detail }) => detail);
  return { path, operations, details };
};

test('a start appends the settings that differ from those of the start before, without secrets and contacts', async () => {
  const { path, operations, details } = opened();
  const first = {
    api: { port: 8080, host: '127.0.0.1' },
    email: { to: ['sari@example.go.id'], smtp: 'smtps://sari:pass@mail' },
    influx: { token: 'of-influx' },
  };
  await auditSettings(first, operations, { at: 1, secretKey });
  await auditSettings(first, operations, { at: 2, secretKey });
  await auditSettings({ ...first, api: { port: 8081 } }, operations, { at: 3, secretKey });
  expect(details()).toEqual([
    { 'api.host': null, 'api.port': 8081 },
    {
      'api.host': '127.0.0.1',
      'api.port': 8080,
      'email.smtp': HIDDEN,
      'email.to': HIDDEN,
      'influx.token': HIDDEN,
    },
  ]);
  expect(verifyAudit(path)).toMatchObject({ entries: 2, fault: undefined });
});

test('the head of the trail is logged at the start and each day, and an older head still proves the trail', async () => {
  const { path, operations } = opened();
  const clock = manualClock();
  const log = silentLog();
  await auditSettings({ api: { port: 8080 } }, operations, { at: 1, secretKey });
  const first = operations.auditHead();
  if (first === undefined) throw new Error('the trail has no head');
  const heads = startHeadLog({ clock, log, operations });
  onTestFinished(() => heads.stop());
  await clock.advance(hours(23));
  await auditSettings({ api: { port: 8081 } }, operations, { at: 2, secretKey });
  expect(log.lines).toEqual([{ level: 'info', event: 'audit head', fields: { head: headText(first) } }]);
  await clock.advance(days(1));
  const second = operations.auditHead();
  if (second === undefined) throw new Error('the trail has no head');
  expect(log.lines.map(({ fields }) => fields['head'])).toEqual([headText(first), headText(second)]);
  expect(headText(second)).toMatch(/^2:[0-9a-f]{64}$/);
  expect(verifyAudit(path, first)).toMatchObject({ entries: 2, fault: undefined });
});
