import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startAlerter } from '#alerter/main.ts';
import { AlertSettings } from '#alerter/settings.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { AlertCommit } from '#model/alerts/alert.ts';
import type { SystemProblem } from '#model/alerts/problem.ts';
import { minutes } from '#model/base/duration.ts';
import { bancarRegistry, stageAt } from './alerting.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING } from './readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { columnsOf } from '#model/readings/columns.ts';

export const EVERYONE = AlertSettings.parse({});
export const NOBODY = AlertSettings.parse({ channels: { log: { enabled: false } } });

/** Rules, evaluation and outbox on a real operations database, with the log as the people who are told. */
export const runningAlerter = async (settings = EVERYONE, hold = minutes(0)) => {
  const clock = manualClock(MORNING);
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const { stations, devices } = bancarRegistry();
  await operations.changeRegistry([
    ...[...stations.values()].map((station) => ({ kind: 'put-station', station }) as const),
    ...[...devices.values()].map((device) => ({ kind: 'put-device', device }) as const),
  ]);
  const deps = {
    clock,
    log: silentLog(),
    random: () => 0,
    link: 'http://localhost:8080',
    rows: operations,
    rules: [{ id: 'waspada', hold }],
    publish: () => Promise.resolve(),
  };
  let alerter = startAlerter(settings, deps);
  onTestFinished(() => alerter.stop());
  const commits: AlertCommit[] = [];
  let sequence = 0;
  return {
    clock,
    operations,
    commits,
    metrics: () => alerter.metrics(),
    test: (channel: string) => alerter.test(channel),
    restart: async (anew: AlertSettings = settings): Promise<void> => {
      await alerter.stop();
      alerter = startAlerter(anew, deps);
    },
    /** A stage arrives, and is committed as watch does. */
    stage: async (value: number): Promise<void> => {
      sequence += 1;
      const at = { observedAt: clock.now(), receivedAt: clock.now(), sequence };
      const evaluation = alerter.evaluate(columnsOf([stageAt(0, value, at)]));
      const alerting = alerter.notify(evaluation, { journal: 'j', to: sequence, isBrokerNew: false });
      const cursor = { journal: 'j', sequence };
      const latest = [{ ...stageAt(0, value, at), timedBy: 'device' } as const];
      await operations.commitAlerted({ cursor, latest, presence: [], seen: [], alerting });
      alerter.committed(evaluation, alerting);
    },
    /** A probe of the service, as the monitor makes it. */
    look: async (...conditions: readonly SystemProblem[]): Promise<void> => {
      const attended = alerter.evaluateSystem(conditions, () => false);
      if (attended === undefined) return;
      commits.push(attended.commit);
      await operations.commitAlerts(attended.commit);
      alerter.systemCommitted(attended.commit);
    },
    silence: (station: string) => {
      const until = clock.now() + minutes(30).ms;
      return operations.addSilence({ station, rule: undefined, from: clock.now(), until, reason: 'dibersihkan' });
    },
    /** Notifications that people received, in order: `firing 1` for the alert of this id. */
    told: (): readonly string[] =>
      [1, 2, 3]
        .flatMap((id) => operations.deliveries(id))
        .filter(({ channel }) => channel === 'log')
        .toSorted((a, b) => a.id - b.id)
        .map(({ state, alert }) => `${state} ${alert}`),
  };
};
