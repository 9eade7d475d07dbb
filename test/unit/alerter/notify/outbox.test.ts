import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Outbox, startOutbox } from '#alerter/notify/outbox.ts';
import type { Channel, Sendable } from '#alerter/notify/channel.ts';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import type { Operations } from '#ingest/operations/operations.ts';
import { CarefulTime } from '#model/careful-time.ts';
import type { Outgoing } from '#model/alert.ts';
import { type Duration, hours, minutes, seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import { bancarRule, bench, stageAt } from '#test/support/alerting.ts';
import { type ManualClock, manualClock } from '#test/support/manual-clock.ts';
import { MORNING } from '#test/support/readings.ts';
import { type SilentLog, silentLog } from '#test/support/silent-log.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const AWAY = new Fault('CHANNEL_UNREACHABLE', 'away', { retry: true });
const SHUT_OUT = new Fault('CHANNEL_LOGIN_REFUSED', '535', { retry: true });
const REFUSED = new Fault('CHANNEL_REFUSED', 'no');

interface Bed {
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  readonly log: SilentLog;
  readonly operations: Operations;
  /** Whether the outbox can be read. */
  readonly disk: { isAway: boolean };
  /** What was sent, as `recipient key`. */
  readonly sent: string[];
  readonly figures: string[];
  /** How the next tries end, in turn; taken when there are no more. */
  ends(...faults: readonly (Error | 'taken' | 'hang')[]): void;
  put(...messages: readonly Partial<Outgoing>[]): Promise<void>;
  /** Deliveries of the alert in words. */
  receipts(): readonly string[];
}

const LIMITS = { timeout: seconds(10), giveUpAfter: hours(24), maxAttempts: 4 };

const bed = async (
  given: { readonly limits?: Partial<typeof LIMITS>; readonly drain?: Duration; readonly isCareful?: true } = {},
): Promise<Bed> => {
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const clock = manualClock(MORNING);
  const log = silentLog();
  const sent: string[] = [];
  const figures: string[] = [];
  const ends: (Error | 'taken' | 'hang')[] = [];
  const send = ({ recipient, key }: Sendable, signal: AbortSignal): Promise<void> => {
    sent.push(`${recipient} ${key}`);
    const end = ends.shift() ?? 'taken';
    if (end === 'hang')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    return end === 'taken' ? Promise.resolve() : Promise.reject(end);
  };
  const channel: Channel = { name: 'email', audience: 'people', recipients: [], render: () => '', send };
  const [alert] = bench([bancarRule({ hold: minutes(0) })]).take(stageAt(0, 2.6)).alerts;
  if (alert === undefined) throw new Error('no alert');
  let sequence = 0;
  const watched = (messages: readonly Outgoing[]): Promise<void> =>
    operations.watched({
      ...{ cursor: { journal: 'j', sequence: (sequence += 1) }, latest: [], presence: [], seen: [] },
      alerting: { alerts: [alert], events: [], messages },
    });
  await watched([]);
  const disk = { isAway: false };
  const rows = {
    outboxHeads: () => {
      if (disk.isAway) throw new Fault('OPERATIONS_FAILED', 'disk I/O error', { retry: true });
      return operations.outboxHeads();
    },
    noteDelivery: operations.noteDelivery,
  };
  const outbox = startOutbox({
    ...{ rows, clock, log, random: () => 1, drainTimeout: given.drain ?? seconds(5) },
    channels: new Map([['email', channel]]),
    limits: { ...LIMITS, ...given.limits },
    ...(given.isCareful === true ? { careful: new CarefulTime(clock) } : {}),
    telemetry: {
      handed: (name, { ms }) => figures.push(`handed ${name} ${ms}`),
      tried: (name, outcome) => figures.push(`${name} ${outcome}`),
    },
  });
  onTestFinished(() => outbox.stop());
  let made = 0;
  return {
    ...{ outbox, clock, log, operations, disk, sent, figures },
    ends: (...faults) => void ends.push(...faults),
    put: async (...messages) => {
      await watched(
        messages.map((message) => ({
          ...{ key: `k${(made += 1)}`, alert: 1, state: 'firing', channel: 'email', recipient: 'sari', body: '' },
          ...{ receivedAt: MORNING - 250, createdAt: clock.now(), isReplacing: false },
          ...message,
        })),
      );
      outbox.wake();
      await clock.advance(seconds(0));
    },
    receipts: () =>
      operations
        .deliveries(1)
        .map(({ key, delivery, attempts, lastError }) => `${key} ${delivery} ${attempts} ${lastError ?? ''}`.trim()),
  };
};

describe('the outbox', () => {
  test('sends at once, and keeps a receipt', async () => {
    const { put, sent, receipts, figures, operations } = await bed();
    await put({}, { recipient: 'budi' });
    expect(sent).toEqual(['sari k1', 'budi k2']);
    expect(receipts()).toEqual(['k1 delivered 1', 'k2 delivered 1']);
    expect(operations.deliveries(1)[0]?.deliveredAt).toBe(MORNING);
    expect(figures).toContain('handed email 250');
  });

  test('keeps the order for each recipient, and holds nobody up by another', async () => {
    const { put, ends, sent, receipts, clock } = await bed();
    ends(AWAY);
    await put({}, {}, { recipient: 'budi' });
    expect(sent).toEqual(['sari k1', 'budi k3']);
    await clock.advance(seconds(1));
    expect(sent).toEqual(['sari k1', 'budi k3', 'sari k1', 'sari k2']);
    expect(receipts()).toEqual(['k1 delivered 2 CHANNEL_UNREACHABLE: away', 'k2 delivered 1', 'k3 delivered 1']);
  });

  test('pauses longer after each failure, and counts them', async () => {
    const { put, ends, sent, clock, figures } = await bed();
    ends(AWAY, AWAY, AWAY);
    await put({});
    for (const [span, tries] of [
      [0.9, 1],
      [0.1, 2],
      [1.9, 2],
      [0.1, 3],
      [3.9, 3],
      [0.1, 4],
    ] as const) {
      await clock.advance(seconds(span));
      expect(sent).toHaveLength(tries);
    }
    expect(figures).toEqual([
      'handed email 250',
      ...Array.from({ length: 3 }, () => 'email waiting'),
      'email delivered',
    ]);
  });

  test('waits as long as the receiver asks', async () => {
    const { put, ends, sent, clock } = await bed();
    ends(new Fault('CHANNEL_UNREACHABLE', 'busy', { retry: true, retryAfter: seconds(90) }));
    await put({});
    await clock.advance(seconds(89));
    expect(sent).toHaveLength(1);
    await clock.advance(seconds(1));
    expect(sent).toHaveLength(2);
  });

  test('tries a refused login after pauses that grow from half a minute to half an hour', async () => {
    const { put, ends, sent, clock } = await bed({ limits: { maxAttempts: 99 } });
    ends(...Array.from({ length: 8 }, () => SHUT_OUT));
    await put({});
    for (const pause of [0.5, 1, 2, 4, 8, 16, 30, 30]) {
      const before = sent.length;
      await clock.advance(seconds(pause * 60 - 1));
      expect(sent).toHaveLength(before);
      await clock.advance(seconds(1));
      expect(sent).toHaveLength(before + 1);
    }
  });

  test('gives up what is refused for good, what was tried too often and what is too old, and says so', async () => {
    const { put, ends, receipts, clock, log } = await bed({ limits: { maxAttempts: 2 } });
    ends(REFUSED, AWAY, AWAY);
    await put({}, {});
    await clock.advance(minutes(5));
    await put({ createdAt: MORNING - hours(25).ms }, { channel: 'telegram' });
    expect(receipts()).toEqual([
      'k1 failed 1 CHANNEL_REFUSED: no',
      'k2 failed 2 CHANNEL_UNREACHABLE: away',
      'k3 failed 1 CHANNEL_REFUSED: older than 1d; last: never tried',
      expect.stringMatching(/^k4 failed 1 .*"telegram" is none of the channels/),
    ]);
    expect(log.lines.filter(({ event }) => event === 'notification given up')).toHaveLength(4);
  });

  test('gives nothing up for its age because the clock leapt ahead', async () => {
    const { put, ends, receipts, clock } = await bed({ isCareful: true });
    ends(AWAY);
    await put({});
    clock.set(clock.now() + hours(24 * 365).ms);
    await clock.advance(seconds(5));
    expect(receipts()).toEqual(['k1 delivered 2 CHANNEL_UNREACHABLE: away']);
  });

  test('goes on when it can be read again, whoever has put something into it meanwhile', async () => {
    const { put, disk, sent, clock, log } = await bed();
    disk.isAway = true;
    await put({});
    await clock.advance(seconds(5));
    expect(sent).toEqual([]);
    expect(log.lines.filter(({ event }) => event === 'outbox held up')).toHaveLength(2);
    disk.isAway = false;
    await clock.advance(seconds(5));
    expect(sent).toEqual(['sari k1']);
  });

  test('gives up a try that takes too long', async () => {
    const { put, ends, sent, clock, receipts } = await bed();
    ends('hang');
    await put({});
    await clock.advance(seconds(10));
    expect(receipts()).toEqual([expect.stringContaining('no answer within 10s')]);
    await clock.advance(seconds(1));
    expect(sent).toEqual(['sari k1', 'sari k1']);
    expect(receipts()).toEqual([expect.stringContaining('k1 delivered 2')]);
  });

  test('sends only the newest where only the newest counts', async () => {
    const { put, ends, sent, clock, receipts } = await bed();
    ends(AWAY);
    await put({ isReplacing: true });
    await put({ isReplacing: true });
    await put({ isReplacing: true });
    await clock.advance(seconds(1));
    expect(sent).toEqual(['sari k1', 'sari k3']);
    expect(receipts().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'k1 replaced',
      'k2 replaced',
      'k3 delivered',
    ]);
  });

  test('lets a try under way end when it stops, and leaves the rest to the next run', async () => {
    const { put, ends, outbox, clock, receipts, sent } = await bed({ drain: seconds(2) });
    ends('hang');
    await put({}, {});
    const stopped = outbox.stop();
    await clock.advance(seconds(2));
    await Promise.all([stopped, outbox.stop(), outbox.ended]);
    expect(sent).toEqual(['sari k1']);
    expect(receipts()).toEqual(['k1 waiting 0', 'k2 waiting 0']);
  });

  test('ends with the bug of a channel, which is no failure of a message', async () => {
    const { put, ends, outbox, receipts } = await bed();
    ends(new TypeError('a bug'));
    await put({});
    await expect(outbox.ended).rejects.toThrow('a bug');
    expect(receipts()).toEqual(['k1 waiting 0']);
  });
});
