// oxlint-disable max-lines -- one suite over one outbox and its builders
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { MessageUse } from '#alerter/notify/deliver.ts';
import { type Outbox, startOutbox } from '#alerter/notify/outbox.ts';
import type { Channel, Sendable } from '#alerter/notify/channel.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { TrustedTime } from '#process/trusted-time.ts';
import { type Alert, type OutgoingMessage, silenceOf } from '#model/alerts/alert.ts';
import { type Duration, hours, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { bancarRule, bench, stageAt } from '#test/support/builders/alerting.ts';
import { type ManualClock, manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { type SilentLog, silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const AWAY = new Fault('CHANNEL_UNREACHABLE', 'away', { retry: true });
const SHUT_OUT = new Fault('CHANNEL_LOGIN_REFUSED', '535', { retry: true });
const REFUSED = new Fault('CHANNEL_REFUSED', 'no');

interface Bed {
  readonly outbox: () => Outbox;
  restart(): Promise<void>;
  /** Changes the alert that all messages are about. */
  becomes(change: Partial<Alert>): Promise<void>;
  readonly clock: ManualClock;
  readonly log: SilentLog;
  readonly operations: Operations;
  /** Whether the outbox can be read. */
  readonly disk: { isAway: boolean };
  /** Whether every try fails for now. */
  readonly server: { isAway: boolean };
  /** Sent messages, as `recipient key`. */
  readonly sent: string[];
  readonly figures: string[];
  /** Results of the next tries, in turn; accepted when there are no more. */
  ends(...faults: readonly (Error | 'taken' | 'hang')[]): void;
  put(...messages: readonly Partial<OutgoingMessage>[]): Promise<void>;
  /** Deliveries of the alert in words. */
  receipts(): readonly string[];
}

const LIMITS = { timeout: seconds(10), giveUpAfter: hours(24), maxAttempts: 4 };

const bed = async (
  given: {
    readonly limits?: Partial<typeof LIMITS>;
    readonly drain?: Duration;
    readonly isTrusted?: true;
    readonly audience?: Channel['audience'];
  } = {},
): Promise<Bed> => {
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const clock = manualClock(MORNING);
  const log = silentLog();
  const sent: string[] = [];
  const server = { isAway: false };
  const figures: string[] = [];
  const ends: (Error | 'taken' | 'hang')[] = [];
  const send = ({ recipient, key, body }: Sendable, signal: AbortSignal): Promise<void> => {
    sent.push(`${recipient} ${key}${body === '' ? '' : ` ${body}`}`);
    if (server.isAway) return Promise.reject(AWAY);
    const end = ends.shift() ?? 'taken';
    if (end === 'hang')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    return end === 'taken' ? Promise.resolve() : Promise.reject(end);
  };
  const who = { recipients: ['sari', 'budi'], knows: (recipient: string) => recipient !== 'gone' };
  const channel: Channel = { name: 'email', audience: given.audience ?? 'people', ...who, render: () => '', send };
  const [alert] = bench([bancarRule({ hold: minutes(0) })]).take(stageAt(0, 2.6)).alerts;
  if (alert === undefined) throw new Error('no alert');
  const now: Alert = { ...alert };
  let sequence = 0;
  const watched = (messages: readonly OutgoingMessage[]): Promise<void> =>
    operations.commitAlerted({
      cursor: { journal: 'j', sequence: (sequence += 1) },
      latest: [],
      presence: [],
      seen: [],
      alerting: { alerts: [now], events: [], messages },
    });
  await watched([]);
  const disk = { isAway: false };
  const rows = {
    outboxHeads: () => {
      if (disk.isAway) throw new Fault('OPERATIONS_FAILED', 'disk I/O error', { retry: true });
      return operations.outboxHeads();
    },
    outboxMissed: operations.outboxMissed,
    noteDelivery: operations.noteDelivery,
  };
  const use: MessageUse = {
    alertOf: ({ alert: id }) => operations.alert(id),
    isNotified: (message) => operations.isNotified(message),
    isSilenced: (of) => silenceOf(of, operations.silences(), clock.now()) !== undefined,
    renderLate: ({ createdAt }, { value }) => `late since ${(createdAt - MORNING) / 60_000}, now ${value}`,
  };
  const start = (): Outbox => {
    const started = startOutbox({
      rows,
      clock,
      log,
      random: () => 1,
      drainTimeout: given.drain ?? seconds(5),
      ...use,
      channels: new Map([['email', channel]]),
      limits: { ...LIMITS, ...given.limits },
      ...(given.isTrusted === true ? { trustedClock: new TrustedTime(clock) } : {}),
      metrics: {
        handed: (name, { ms }) => figures.push(`handed ${name} ${ms}`),
        tried: (name, outcome) => figures.push(`${name} ${outcome}`),
      },
    });
    onTestFinished(() => started.stop());
    return started;
  };
  let outbox = start();
  let made = 0;
  return {
    clock,
    log,
    operations,
    disk,
    server,
    sent,
    figures,
    outbox: () => outbox,
    restart: async () => {
      await outbox.stop();
      outbox = start();
      await clock.advance(seconds(0));
    },
    becomes: async (change) => {
      Object.assign(now, change);
      await watched([]);
    },
    ends: (...faults) => void ends.push(...faults),
    put: async (...messages) => {
      await watched(
        messages.map((message) => ({
          key: `k${(made += 1)}`,
          alert: 1,
          state: 'firing',
          channel: 'email',
          recipient: 'sari',
          body: '',
          receivedAt: MORNING - 250,
          createdAt: clock.now(),
          isReplacing: false,
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

  test('gives up states that are refused, tried too often or too old, and says so', async () => {
    const { put, ends, receipts, clock, log } = await bed({ audience: 'state', limits: { maxAttempts: 2 } });
    ends(REFUSED, AWAY, AWAY);
    await put({}, {});
    await clock.advance(minutes(5));
    await put({ createdAt: MORNING - hours(25).ms }, { channel: 'telegram' });
    expect(receipts()).toEqual([
      'k1 failed 1 CHANNEL_REFUSED: no',
      'k2 failed 2 CHANNEL_UNREACHABLE: away',
      'k3 failed 0 CHANNEL_REFUSED: older than 1d; last: never tried',
      expect.stringMatching(/^k4 failed 0 .*"telegram" is no longer a channel/),
    ]);
    expect(log.lines.filter(({ event }) => event === 'notification given up')).toHaveLength(4);
  });

  test('gives up what is for a channel or a recipient that is in the settings no more', async () => {
    const { put, receipts, sent } = await bed();
    await put({ channel: 'telegram' }, { recipient: 'gone' });
    expect(sent).toEqual([]);
    expect(receipts()).toEqual([
      expect.stringMatching(/^k1 failed 0 .*"telegram" is no longer a channel/),
      expect.stringMatching(/^k2 failed 0 .*gone is no longer a recipient of "email"/),
    ]);
  });

  test('gives nothing up for its age because the clock leapt ahead', async () => {
    const { put, ends, receipts, clock } = await bed({ isTrusted: true });
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
    expect(log.lines.filter(({ event }) => event === 'outbox not available')).toHaveLength(2);
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
    const stopped = outbox().stop();
    await clock.advance(seconds(2));
    await Promise.all([stopped, outbox().stop(), outbox().ended]);
    expect(sent).toEqual(['sari k1']);
    expect(receipts()).toEqual(['k1 waiting 0', 'k2 waiting 0']);
  });

  test('ends with the bug of a channel, which is no failure of a message', async () => {
    const { put, ends, outbox, receipts } = await bed();
    ends(new TypeError('a bug'));
    await put({});
    await expect(outbox().ended).rejects.toThrow('a bug');
    expect(receipts()).toEqual(['k1 waiting 0']);
  });
});

const OVER = { state: 'resolved', resolvedAt: MORNING } as const;
const END = { state: 'resolved' } as const;

describe('an alarm that was given up', () => {
  test('is sent late while its alert stands, with the newest value, and its end is sent to whoever got it', async () => {
    const { put, server, sent, clock, receipts, becomes, operations } = await bed({
      limits: { giveUpAfter: hours(2) },
    });
    server.isAway = true;
    await put({});
    await clock.advance(hours(1));
    await becomes({ value: 2.8 });
    await clock.advance(hours(2));
    expect(receipts()).toEqual([expect.stringMatching(/^k1 missed .*away/)]);
    server.isAway = false;
    await clock.advance(minutes(5));
    expect(sent.at(-1)).toBe('sari k1 late since 0, now 2.8');
    expect(operations.deliveries(1)).toMatchObject([{ delivery: 'delivered', isLate: true }]);
    await becomes(OVER);
    await put(END);
    expect(sent.at(-1)).toBe('sari k2');
  });

  test('is sent also after a restart, at once', async () => {
    const { put, ends, sent, clock, restart } = await bed({ limits: { maxAttempts: 1 } });
    ends(AWAY, AWAY);
    await put({});
    await clock.advance(seconds(1));
    await restart();
    expect(sent.at(-1)).toBe('sari k1 late since 0, now 2.6');
  });

  test('is withdrawn with its end where the alert has ended, for each recipient', async () => {
    const { put, ends, server, sent, clock, receipts, becomes } = await bed({ limits: { maxAttempts: 2 } });
    ends('taken');
    await put({ recipient: 'budi' });
    server.isAway = true;
    await put({});
    await clock.advance(minutes(1));
    await becomes(OVER);
    await put({ ...END, recipient: 'budi' }, END);
    server.isAway = false;
    const before = sent.length;
    await clock.advance(minutes(10));
    expect(sent.slice(before)).toEqual(['budi k3']);
    const words = receipts().map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(words).toEqual(['k1 delivered', 'k2 withdrawn', 'k3 delivered', 'k4 withdrawn']);
  });

  test('is tried at once when its recipient accepts something else, or was reached by hand', async () => {
    const { put, ends, sent, outbox } = await bed();
    ends(REFUSED);
    await put({});
    expect(sent).toEqual(['sari k1']);
    await put({ key: 'other' });
    expect(sent).toEqual(['sari k1', 'sari other', 'sari k1 late since 0, now 2.6']);
    ends(REFUSED);
    await put({ key: 'third' });
    outbox().reached({ channel: 'email', recipient: 'sari' });
    await expect.poll(() => sent.at(-1)).toBe('sari third late since 0, now 2.6');
  });

  test('holds up no other message, and is tried again after pauses that grow to six hours where it was refused', async () => {
    const { put, ends, sent, clock } = await bed();
    ends(...Array.from({ length: 8 }, () => REFUSED));
    await put({});
    for (const pause of [15, 30, 60, 120, 240, 360, 360]) {
      const before = sent.length;
      await clock.advance(seconds(pause * 60 - 1));
      expect(sent).toHaveLength(before);
      await clock.advance(seconds(1));
      expect(sent).toHaveLength(before + 1);
    }
  });

  test('is not sent under a silence, and is when that is over', async () => {
    const { put, ends, sent, clock, operations } = await bed();
    ends(REFUSED);
    await put({});
    const until = MORNING + hours(1).ms;
    await operations.addSilence({ station: 'PBG-R03', rule: undefined, from: MORNING, until, reason: 'dibersihkan' });
    await clock.advance(minutes(59));
    expect(sent).toEqual(['sari k1']);
    await clock.advance(minutes(2));
    expect(sent).toEqual(['sari k1', 'sari k1 late since 0, now 2.6']);
  });

  test('takes turns with the others that were missed', async () => {
    const { put, ends, sent, clock } = await bed();
    ends(REFUSED, REFUSED, REFUSED, REFUSED);
    await put({}, {});
    await clock.advance(minutes(15));
    await clock.advance(minutes(30));
    expect(sent.map((line) => line.split(' ')[1])).toEqual(['k1', 'k2', 'k1', 'k2']);
  });
});

describe('a message that waits for long', () => {
  test('says that it is late after ten minutes, and keeps its key', async () => {
    const { put, ends, sent, clock, figures } = await bed({ limits: { maxAttempts: 99 } });
    ends(...Array.from({ length: 12 }, () => AWAY));
    await put({});
    await clock.advance(hours(1));
    expect(sent.slice(0, 9).every((line) => line === 'sari k1')).toBe(true);
    expect(sent.at(-1)).toBe('sari k1 late since 0, now 2.6');
    expect(figures).not.toContain('email missed');
  });

  test('is withdrawn where its alert has ended before it could be delivered', async () => {
    const { put, server, sent, clock, receipts, becomes } = await bed({ limits: { maxAttempts: 99 } });
    server.isAway = true;
    await put({});
    await clock.advance(minutes(9));
    await becomes(OVER);
    await put(END);
    const before = sent.length;
    await clock.advance(minutes(10));
    expect(sent).toHaveLength(before);
    expect(receipts().map((line) => line.split(' ')[1])).toEqual(['withdrawn', 'withdrawn']);
  });

  test('is sent with its end, in order, where both wait for a moment only', async () => {
    const { put, ends, sent, clock, becomes } = await bed();
    ends(AWAY);
    await put({});
    await becomes(OVER);
    await put(END);
    await clock.advance(seconds(1));
    expect(sent).toEqual(['sari k1', 'sari k1', 'sari k2']);
  });
});

describe('the end of an alert', () => {
  test('is owed for a week to whoever got the alarm', async () => {
    const { put, server, clock, receipts, becomes } = await bed({ limits: { giveUpAfter: hours(1) } });
    await put({});
    await becomes(OVER);
    server.isAway = true;
    await put({ ...END, createdAt: MORNING - hours(24 * 7 - 2).ms });
    await clock.advance(hours(1));
    expect(receipts()[1]).toMatch(/^k2 missed/);
    await clock.advance(hours(2));
    expect(receipts()[1]).toMatch(/^k2 failed/);
  });
});

describe('what is known of a recipient', () => {
  test('is since when it was not reached, until a message is accepted, also after a restart', async () => {
    const { put, ends, operations, clock, restart } = await bed();
    ends(AWAY, AWAY);
    await put({});
    expect(operations.recipients()).toEqual([
      {
        channel: 'email',
        recipient: 'sari',
        acceptedAt: undefined,
        failingSince: MORNING,
        lastError: 'CHANNEL_UNREACHABLE: away',
      },
    ]);
    expect(operations.outboxCounts()).toEqual([{ channel: 'email', delivery: 'waiting', messages: 1 }]);
    await clock.advance(milliseconds(500));
    await restart();
    expect(operations.recipients()).toMatchObject([{ failingSince: MORNING }]);
    await clock.advance(seconds(1));
    expect(operations.recipients()).toMatchObject([{ acceptedAt: MORNING + 1_500, failingSince: undefined }]);
    expect(operations.outboxCounts()).toEqual([]);
  });
});
