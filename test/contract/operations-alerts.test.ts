import { describe, expect, onTestFinished, test } from 'vitest';
import type { AlertQuery } from '#storage/operations/alerts.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { Alert, AlertCommit, OutgoingMessage } from '#model/alerts/alert.ts';
import { days, minutes } from '#model/base/duration.ts';
import { bancarRule, bench, stageAt } from '#test/support/builders/alerting.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const EVERY: AlertQuery = { state: undefined, station: undefined, severity: undefined, before: undefined, limit: 99 };

const firing = (given: Partial<Alert> = {}): Alert => {
  const [alert] = bench([bancarRule({ hold: minutes(0), channels: ['log'] })]).take(stageAt(0, 2.6)).alerts;
  if (alert === undefined) throw new Error('no alert');
  return { ...alert, ...given };
};

const message = (given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key: 'j-1-1-firing',
  alert: 1,
  state: 'firing',
  channel: 'email',
  recipient: 'sari',
  body: '{}',
  receivedAt: MORNING,
  createdAt: MORNING,
  isReplacing: false,
  ...given,
});

const watched = (operations: Operations, sequence: number, alerting: Partial<AlertCommit>): Promise<void> =>
  operations.commitAlerted({
    cursor: { journal: 'j', sequence },
    latest: [],
    presence: [],
    seen: [],
    alerting: { alerts: [], events: [], messages: [], ...alerting },
  });

const file = () => {
  const path = `${tempFolder()}/operations.db`;
  const open = (): Operations => {
    const operations = openSqliteOperations(path);
    onTestFinished(() => operations.stop());
    return operations;
  };
  return { path, open };
};

describe('alerts in SQLite', () => {
  test('are given back as they were put, also after a restart', async () => {
    const { open } = file();
    const before = open();
    const pending = firing({ id: 2, state: 'pending', firedAt: undefined, channels: undefined });
    await watched(before, 1, {
      alerts: [firing(), pending, firing({ id: 3, state: 'resolved', resolvedAt: MORNING })],
    });
    await before.stop();
    const after = open();
    expect(after.alert(1)).toEqual({ ...firing(), acknowledged: undefined });
    expect(after.standingAlerts()).toEqual([firing(), pending].map((alert) => ({ ...alert, acknowledged: undefined })));
    expect(after.nextAlertId()).toBe(4);
  });

  test('are listed newest first, without those that were over before they fired', async () => {
    const operations = file().open();
    const over = { state: 'resolved', resolvedAt: MORNING } as const;
    await watched(operations, 1, {
      alerts: [
        firing(over),
        firing({ ...over, id: 2, firedAt: undefined }),
        firing({ id: 3, state: 'pending', firedAt: undefined }),
      ],
    });
    expect(operations.alerts(EVERY).map(({ id }) => id)).toEqual([3, 1]);
    expect(operations.alerts({ ...EVERY, state: 'resolved' }).map(({ id }) => id)).toEqual([1]);
  });

  test('stand with the cursor of watch or not at all', async () => {
    const { open } = file();
    const operations = open();
    await watched(operations, 1, { alerts: [firing()], messages: [message()] });
    const twice = { alerts: [firing({ id: 2 })], messages: [message({ alert: 2 }), message()] };
    await expect(watched(operations, 2, twice)).rejects.toThrow(/UNIQUE/);
    expect(operations.cursor('alerting')).toEqual({ journal: 'j', sequence: 1 });
    expect(operations.alerts(EVERY).map(({ id }) => id)).toEqual([1]);
    expect(operations.deliveries(1)).toHaveLength(1);
  });

  test('are forgotten with history and receipts after 400 days, those that never fired after 30, and no id comes again', async () => {
    const operations = file().open();
    const over = (id: number, at: number, given: Partial<Alert> = {}): Alert =>
      firing({ id, state: 'resolved', resolvedAt: at, ...given });
    const event = { alert: 5, kind: 'resolved' as const, at: MORNING, receivedAt: MORNING, value: 1, note: undefined };
    await watched(operations, 1, {
      alerts: [
        over(1, MORNING - days(401).ms),
        over(2, MORNING - days(31).ms),
        over(3, MORNING - days(31).ms, { firedAt: undefined }),
        firing({ id: 4, since: 0, observedAt: 0 }),
        over(5, MORNING),
      ],
      messages: [message()],
    });
    await watched(operations, 2, { events: [event] });
    expect(operations.alerts(EVERY).map(({ id }) => id)).toEqual([5, 4, 2]);
    expect(operations.deliveries(1)).toEqual([]);
    expect(operations.nextAlertId()).toBe(6);
  });

  test('are not forgotten because the clock leapt ahead: what is older by the trustedClock one goes', async () => {
    const operations = file().open();
    const [was, leapt] = [MORNING - days(401).ms, MORNING + days(3_650).ms];
    const over = [MORNING, was, leapt].map((at, i) => firing({ id: i + 1, state: 'resolved', resolvedAt: at }));
    const event = { alert: 3, kind: 'resolved' as const, at: leapt, receivedAt: leapt, value: 1, note: undefined };
    await watched(operations, 1, { alerts: over, events: [event], agedAt: MORNING });
    expect(operations.alerts(EVERY).map(({ id }) => id)).toEqual([3, 1]);
  });

  test('keep the oldest message of each recipient in front, and bound what waits', async () => {
    const operations = file().open();
    const many = Array.from({ length: 10_002 }, (_, i) =>
      message({ key: `k${i}`, recipient: i < 10_001 ? 'sari' : 'budi' }),
    );
    await watched(operations, 1, { alerts: [firing()], messages: many });
    expect(operations.outboxHeads().map(({ key, recipient }) => `${key} ${recipient}`)).toEqual([
      'k2 sari',
      'k10001 budi',
    ]);
    expect(operations.deliveries(1)[0]).toMatchObject({
      key: 'k0',
      delivery: 'missed',
      lastError: expect.stringContaining('newer'),
    });
  });
});
