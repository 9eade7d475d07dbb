import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startAlerter } from '#alerter/main.ts';
import { AlertSettings } from '#alerter/settings.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { days } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const CONDITION = { rule: 'broker-down', station: 'klawing', device: '', value: 1, detail: { id: 'mati', en: 'down' } };

test('alerts that are over do not go when the clock leaps ahead by more than they are kept', async () => {
  const clock = manualClock();
  const before = clock.now();
  const trustedClock = { now: () => Math.min(clock.now(), before + days(1).ms) };
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const alerter = startAlerter(AlertSettings.parse({}), {
    clock,
    trustedClock,
    log: silentLog(),
    random: () => 0,
    link: 'http://localhost:8080',
    rows: operations,
    rules: [{ id: 'broker-down', hold: { ms: 0 } }],
    publish: () => Promise.resolve(),
  });
  onTestFinished(() => alerter.stop());
  const look = async (...conditions: readonly (typeof CONDITION)[]): Promise<void> => {
    const attended = alerter.evaluateSystem(conditions, () => false);
    if (attended === undefined) throw new Error('nothing was found');
    await operations.commitAlerts(attended.commit);
    alerter.systemCommitted(attended.commit);
  };
  const turn = async (): Promise<void> => {
    await look(CONDITION);
    await look();
  };
  await turn();
  clock.set(before + days(3_650).ms);
  await turn();
  expect([1, 2].map((id) => operations.alert(id)?.state)).toEqual(['resolved', 'resolved']);
});
