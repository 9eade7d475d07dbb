import { describe, expect, test } from 'vitest';
import type { LedgerAnswer } from '#ingest/ledger/ledger.ts';
import type { Verification } from '#ingest/ledger/verify.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { makeLedgerCheck } from '#monitor/ledger-check.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const HOUR = hourOf(MORNING);
const SUMS = {
  received: 7,
  processed: 4,
  quarantined: 1,
  discarded: 0,
  waiting: 2,
  decoded: 9,
  stored: 9,
  duplicates: 0,
  refused: 0,
  revised: 0,
  missing: 0,
};

const answerOf = (balanced: boolean): LedgerAnswer => ({
  journal: 'j',
  through: 7,
  balanced,
  explanation: 'box-1: 7 messages received, but 6 accounted for',
  totals: { ...SUMS, balanced },
  lines: [{ ...SUMS, device: 'box-1', hour: HOUR, balanced }],
});

/** A store that lacks a row in each of these hours. */
const verificationOf = (lacking: readonly number[], fromHour: number): Verification => {
  const mismatches = lacking
    .filter((hour) => hour >= fromHour)
    .map((hour) => ({ device: 'box-1', property: 'pm10', hour, expected: 2, found: 1 }));
  return {
    store: 'duckdb',
    expected: 9,
    found: 9 - mismatches.length,
    mismatches,
    mismatched: mismatches.length,
    verified: mismatches.length === 0,
  };
};

const start = (isWholeFirst = false) => {
  const clock = manualClock();
  const metrics = makeIngestMetrics(silentLog());
  const world = { balanced: true, lacking: [] as readonly number[], isAway: false };
  const counted: (number | undefined)[] = [];
  const balances = { count: 0 };
  const check = makeLedgerCheck(
    { balanceEvery: minutes(5), verifyEvery: hours(1) },
    { clock, log: silentLog(), figures: metrics.ledger, isWholeFirst },
  );
  const ledger = {
    lines: async () => {
      balances.count += 1;
      if (world.isAway) throw new Fault('BROKER_UNREACHABLE', 'the test took it away', { retry: true });
      return answerOf(world.balanced);
    },
    verify: async (_tell: unknown, _signal: AbortSignal, fromHour?: number) => {
      counted.push(fromHour);
      const verification = verificationOf(world.lacking, fromHour ?? 0);
      check.verified(verification, fromHour);
      return verification;
    },
  };
  const run = (): Promise<void> => check.run(ledger, new AbortController().signal);
  /** Probes every five seconds, as the monitor does. */
  const pass = async (steps: number): Promise<void> => {
    for (let step = 0; step < steps; step += 1) {
      await clock.advance({ ms: 5_000 });
      await run();
    }
  };
  return { clock, metrics, world, counted, balances, check, run, pass };
};

describe('the ledger looks at itself', () => {
  test('every five minutes at the balance, every hour at the rows of two days', async () => {
    const { balances, counted, run, pass } = start();
    await run();
    expect([balances.count, counted.length]).toEqual([1, 0]);
    await pass(720);
    expect(balances.count).toBe(13);
    expect(counted).toEqual([HOUR + 1 - 48]);
  });

  test('and says which line is off until it is right again', async () => {
    const { world, check, run, pass } = start();
    expect(check.isKnown('ledger-imbalance')).toBe(false);
    world.balanced = false;
    await run();
    expect(check.isKnown('ledger-imbalance')).toBe(true);
    expect(check.imbalance()).toMatchObject({ lines: 1, explanation: expect.stringContaining('box-1') });
    world.balanced = true;
    await pass(60);
    expect(check.imbalance()).toBeUndefined();
  });

  test('and counts again, as far back as something was found, until it is right again', async () => {
    const { world, check, counted, pass } = start();
    const old = HOUR - 24 * 30;
    world.lacking = [old, HOUR - 1];
    check.verified(verificationOf(world.lacking, 0), undefined);
    expect(check.unverified()).toMatchObject({ places: 2, first: expect.stringMatching(/1 rows of box-1 pm10/) });
    world.lacking = [old];
    await pass(720);
    expect(counted).toEqual([old]);
    expect(check.unverified()).toMatchObject({ places: 1 });
    world.lacking = [];
    await pass(720);
    expect(check.unverified()).toBeUndefined();
    await pass(720);
    expect(counted.at(-1)).toBe(HOUR + 3 - 48);
  });

  test('and counts everything first where an alert stands from before', async () => {
    const { counted, pass } = start(true);
    await pass(1440);
    expect(counted).toEqual([undefined, HOUR + 2 - 48]);
  });

  test('and asks a broker that is away once a minute', async () => {
    const { world, balances, pass } = start();
    world.isAway = true;
    await pass(120);
    expect(balances.count).toBeLessThanOrEqual(11);
  });

  test('and has figures of it, which do not exist before', async () => {
    const { metrics, world, check, run } = start();
    expect(await metrics.text()).not.toMatch(/^klawing_ingest_ledger_(balanced|verified)/m);
    world.balanced = false;
    await run();
    check.verified(verificationOf([HOUR], 0), undefined);
    const text = await metrics.text();
    expect(text).toContain('klawing_ingest_ledger_balanced 0\n');
    expect(text).toContain(`klawing_ingest_ledger_balanced_time_seconds ${MORNING / 1_000}\n`);
    expect(text).toContain('klawing_ingest_ledger_messages{column="waiting"} 2\n');
    expect(text).toContain('klawing_ingest_ledger_verified 0\n');
    expect(text).toContain('klawing_ingest_ledger_mismatched 1\n');
    expect(await metrics.figures()).toMatchObject({ ledger_balanced: 0, ledger_messages_received: 7 });
  });
});
