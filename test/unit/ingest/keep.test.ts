import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch, Settled } from '#ingest/batch.ts';
import { keepSteps } from '#ingest/keep.ts';
import type { Operations } from '#ingest/operations/operations.ts';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import { keep } from '#ingest/pipeline.ts';
import { type Store, keyOf } from '#ingest/store/store.ts';
import { makeTelemetry } from '#ingest/telemetry.ts';
import type { Clock } from '#model/clock.ts';
import { Fault } from '#model/fault.ts';
import { FLAG } from '#model/flag.ts';
import { hourOf } from '#model/instant.ts';
import type { Entry } from '#model/packet.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { type Cut, type MemoryStore, memoryStore, wholeStore } from '#test/support/memory-store.ts';
import { silentLog } from '#test/support/silent-log.ts';

const JOURNAL = 'journal-1';
const START = 1_795_489_200_000;

/** One observation as a device might send it. */
interface Sent {
  readonly device: string;
  /** Steps of ten minutes; few enough that times meet. Undefined: the device sends no time. */
  readonly time: number | undefined;
  readonly id: string | undefined;
  readonly value: number;
}

const sent = fc.record({
  device: fc.constantFrom('a', 'b'),
  time: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined, freq: 4 }),
  id: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
  value: fc.integer({ min: 0, max: 2 }),
});

const settledFrom = ({ device, time, id, value }: Sent, sequence: number): Settled => {
  const receivedAt = START + 7_200_000 + sequence;
  const entry: Entry = {
    ...{ kind: 'readings', sender: device, connection: 1, topic: `v1/${device}/readings`, qos: 1, dup: false },
    ...{ payload: Buffer.from(`${sequence}`), packetId: 1, receivedAt, sequence },
  };
  const reading = {
    ...{ device, station: 'S', family: 'air', property: 'pm2_5', value, receivedAt, sequence, place: '/values/pm2_5' },
    ...{ observedAt: time === undefined ? receivedAt : START + time * 600_000, flag: FLAG.GOOD },
    timedBy: time === undefined ? ('arrival' as const) : ('device' as const),
  };
  return {
    entry,
    codec: 'json',
    codecVersion: 1,
    observations: [{ readings: [reading], id }],
    refused: [],
    missing: 0,
  };
};

/** What one attempt at a batch suffers: an outage around the write, or a crash before or after one of the steps. */
type Trouble =
  | { readonly kind: 'outage'; readonly cut: Cut }
  | { readonly kind: 'crash'; readonly at: 'intent' | 'write' | 'commit' };

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ kind: fc.constant('outage' as const), cut: fc.constantFrom<Cut>('before', 'after') }),
  fc.record({
    kind: fc.constant('crash' as const),
    at: fc.constantFrom('intent' as const, 'write' as const, 'commit' as const),
  }),
);

class Crash extends Error {}

interface World {
  readonly store: MemoryStore;
  readonly careful: Pick<Clock, 'now'>;
  readonly operations: Operations;
}

const attempt = async (
  batch: Batch,
  { store, operations, careful }: World,
  suffers: Trouble | undefined,
): Promise<void> => {
  store.cut = suffers?.kind === 'outage' ? suffers.cut : 'none';
  const full: Store = wholeStore(store);
  const signal = new AbortController().signal;
  const steps = keepSteps({
    ...{ operations, careful },
    store: full,
    telemetry: makeTelemetry(silentLog()),
    signal,
    endReplay: () => Promise.resolve(),
    onStored: () => undefined,
  });
  const crash = (at: string): void => {
    if (suffers?.kind === 'crash' && suffers.at === at) throw new Crash(at);
  };
  await keep(batch, {
    judge: steps.judge,
    intend: async (...of) => {
      crash('intent');
      await steps.intend(...of);
    },
    store: async (...of) => {
      crash('write');
      return steps.store(...of);
    },
    record: async (...of) => {
      crash('commit');
      await steps.record(...of);
    },
  });
};

const isExpected = (error: unknown): boolean => error instanceof Crash || (error instanceof Fault && error.retry);

/** Takes all observations through keep in batches, each tried until it passes, with the given troubles on the way. */
const run = async (
  world: World,
  all: readonly Sent[],
  sizes: readonly number[],
  troubles: readonly Trouble[],
): Promise<void> => {
  const waiting = [...troubles];
  for (let done = 0, round = 0; done < all.length; round += 1) {
    const size = sizes[round % sizes.length] ?? 1;
    const settled = all.slice(done, done + size).map((of, i) => settledFrom(of, done + i + 1));
    const entries = settled.map(({ entry }) => entry);
    const batch = { journal: JOURNAL, from: done + 1, to: done + settled.length, entries, settled };
    for (let tries = 0; ; tries += 1) {
      try {
        await attempt(batch, world, tries < 2 ? waiting.shift() : undefined);
        break;
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    }
    done += settled.length;
  }
};

const HOURS = { device: undefined, fromHour: hourOf(START) - 1, toHour: hourOf(START) + 24 };

/** What the world looks like from outside, in an order of its own. */
const outcome = ({ store, operations }: World) => ({
  rows: store
    .rows()
    .map((row) => `${keyOf(row)} = ${row.value}`)
    .sort(),
  messages: operations.messageCounts(HOURS),
  readings: operations.readingCounts(HOURS),
  expected: [...operations.rowCounts(store.name, HOURS.fromHour, HOURS.toHour)],
  cursor: operations.cursor('keep'),
  intent: operations.intent(),
});

const world = (kind: 'appends' | 'overwrites'): World => ({
  store: memoryStore(kind),
  careful: manualClock(),
  operations: openSqliteOperations(':memory:'),
});

describe.for(['appends', 'overwrites'] as const)('keep into a store that %s', (kind) => {
  const story = {
    all: fc.array(sent, { minLength: 1, maxLength: 40 }),
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    troubles: fc.array(trouble, { maxLength: 24 }),
  };

  test('ends in the same rows and counts whatever crashes and outages it went through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(story), async ({ all, sizes, troubles }) => {
        const calm = world(kind);
        const troubled = world(kind);
        await run(calm, all, sizes, []);
        await run(troubled, all, sizes, troubles);
        expect(outcome(troubled)).toEqual(outcome(calm));
      }),
      { numRuns: 120 },
    );
  });

  test('ends in the same rows however the entries fall into batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(story), async ({ all, sizes }) => {
        const one = world(kind);
        const many = world(kind);
        await run(one, all, [1], []);
        await run(many, all, sizes, []);
        expect(outcome(many)).toEqual({ ...outcome(one), cursor: outcome(many).cursor });
      }),
      { numRuns: 120 },
    );
  });

  test('keeps of every device, property and time the value that arrived last, once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(story), async ({ all, sizes }) => {
        const timed = all.filter(({ time }) => time !== undefined);
        const here = world(kind);
        await run(here, timed, sizes, []);
        const last = new Map(timed.map(({ device, time, value }) => [`${device} ${time}`, value]));
        const kept = here.store
          .rows()
          .map(({ device, observedAt, value }): [string, number] => [
            `${device} ${(observedAt - START) / 600_000}`,
            value,
          ]);
        expect(kept).toHaveLength(last.size);
        expect(new Map(kept)).toEqual(last);
      }),
    );
  });

  test('counts every reading once, and as many rows as the store holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(story), async ({ all, sizes, troubles }) => {
        const here = world(kind);
        await run(here, all, sizes, troubles);
        const { readings, messages, expected, rows } = outcome(here);
        const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
        expect(sum(messages.map((of) => of.processed))).toBe(all.length);
        expect(sum(readings.map((of) => of.decoded))).toBe(all.length);
        expect(sum(readings.map((of) => of.stored + of.duplicates + of.refused))).toBe(all.length);
        expect(sum(expected.map((of) => of.stored - of.revised))).toBe(rows.length);
      }),
    );
  });
});

test('a repeat that believes nothing any more takes back the rows of the attempt before it', async () => {
  const here = world('appends');
  const settled = settledFrom({ device: 'a', time: 1, id: undefined, value: 1 }, 1);
  const batch = { journal: JOURNAL, from: 1, to: 1, entries: [settled.entry], settled: [settled] };
  await expect(attempt(batch, here, { kind: 'outage', cut: 'after' })).rejects.toMatchObject({ retry: true });
  expect(here.store.rows()).toHaveLength(1);
  const fault = new Fault('DEVICE_UNKNOWN', 'it was removed meanwhile');
  const refused = { ...settled, observations: [], refused: [{ place: '', fault, readings: 1 }] };
  await attempt({ ...batch, settled: [refused] }, here, undefined);
  expect(here.store.rows()).toEqual([]);
  expect(outcome(here).messages).toMatchObject([{ processed: 0, quarantined: 1 }]);
});

test('tells of what is stored, and not of what the store has refused', async () => {
  const here = world('appends');
  const told: number[] = [];
  const write: Store['write'] = async ({ readings }) => ({
    rejected: readings.flatMap(({ value }, index) => (value === 2 ? [{ index, reason: 'no' }] : [])),
  });
  const steps = keepSteps({
    ...{ operations: here.operations, careful: here.careful, store: { ...wholeStore(here.store), write } },
    ...{ telemetry: makeTelemetry(silentLog()), signal: new AbortController().signal },
    endReplay: () => Promise.resolve(),
    onStored: (readings) => told.push(...readings.map(({ value }) => value)),
  });
  const settled = [1, 2].map((value) => settledFrom({ device: 'a', time: value, id: undefined, value }, value));
  const entries = settled.map(({ entry }) => entry);
  await keep({ journal: JOURNAL, from: 1, to: 2, entries, settled }, steps);
  expect(told).toEqual([1]);
});
