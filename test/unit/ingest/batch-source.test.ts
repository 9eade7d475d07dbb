import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryRun } from '#ingest/batch.ts';
import { makeBatchSource } from '#ingest/batch-source.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import type { JournalReader } from '#journal/journal.ts';
import { createGrowth } from '#journal/write/growth.ts';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { entriesOf } from '#test/support/builders/arrivals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

/** A journal in memory that counts what is read of it. */
const journal = () => {
  const entries: Entry[] = [];
  const growth = createGrowth();
  let read = 0;
  const reader: JournalReader = {
    id: 'j',
    synced: () => entries.length,
    first: async () => 1,
    count: async () => [],
    stop: async () => undefined,
    read: async (after, limit) => {
      const run = entries.slice(after, after + limit.entries);
      read += run.length;
      return { entries: run, damaged: [], through: after + run.length };
    },
  };
  const append = (count: number): void => {
    for (let i = 0; i < count; i += 1) {
      entries.push({
        kind: 'status',
        sender: 'd',
        connection: 1,
        topic: 'v1/d/status',
        payload: Buffer.from('online'),
        qos: 1,
        dup: false,
        packetId: 1,
        receivedAt: 1,
        sequence: entries.length + 1,
      });
    }
    growth.reached(entries.length);
  };
  return { reader, append, read: () => read, untilGrown: growth.beyond };
};

/** A reader that takes `span` milliseconds over each batch, and notes which entries it saw and when. */
const follow = (
  clock: Clock,
  source: ReturnType<typeof makeBatchSource>,
  name: ReaderName,
  span: (batch: number) => number,
) => {
  const seen: number[] = [];
  const times: number[] = [];
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    for (let after = 0, batch = 0; ; batch += 1) {
      const next = await source.next(name, after, ending.signal);
      if (next === undefined) return;
      seen.push(...next.entries.map(({ sequence }) => sequence));
      times.push(clock.monotonic());
      await clock.sleep(milliseconds(span(batch)), ending.signal);
      after = next.to;
    }
  };
  const ended = run();
  return { seen, times, stop: () => (ending.abort(), ended) };
};

const start = () => {
  const clock = manualClock();
  const { reader, append, read, untilGrown } = journal();
  const registry = { revision: 1, stations: new Map(), devices: new Map(), gateways: new Map(), profiles: new Map() };
  const source = makeBatchSource({ reader, untilGrown, clock, registry: () => registry, onDamaged: () => undefined });
  return { clock, append, read, source };
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('keep and watch', () => {
  test('each see every entry once and in order, however quick they are', async () => {
    const pace = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 5 });
    const arrivals = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pace, pace, arrivals, async (slow, quick, counts) => {
        const { clock, append, source } = start();
        const keep = follow(clock, source, 'storing', (i) => slow[i % slow.length] ?? 0);
        const watch = follow(clock, source, 'alerting', (i) => quick[i % quick.length] ?? 0);
        for (const count of counts) {
          append(count);
          await clock.advance(milliseconds(300));
        }
        await clock.advance(milliseconds(40_000));
        await Promise.all([keep.stop(), watch.stop()]);
        const all = upTo(counts.reduce((a, b) => a + b, 0));
        expect(keep.seen).toEqual(all);
        expect(watch.seen).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });

  test('share one reading of the journal while they keep step', async () => {
    const { clock, append, read, source } = start();
    const keep = follow(clock, source, 'storing', () => 30);
    const watch = follow(clock, source, 'alerting', () => 5);
    for (let i = 0; i < 20; i += 1) {
      append(4_000);
      await clock.advance(milliseconds(50));
    }
    await clock.advance(milliseconds(5_000));
    await Promise.all([keep.stop(), watch.stop()]);
    expect(watch.seen).toHaveLength(80_000);
    expect(read()).toBe(80_000);
  });

  test('part when keep is held up: watch waits a second at most, and once', async () => {
    const { clock, append, source } = start();
    const keep = follow(clock, source, 'storing', (batch) => (batch === 1 ? 60_000 : 0));
    const watch = follow(clock, source, 'alerting', () => 0);
    for (let i = 0; i < 40; i += 1) {
      append(1_000);
      await clock.advance(milliseconds(100));
    }
    expect(watch.seen).toHaveLength(40_000);
    const pauses = watch.times.slice(1).map((at, i) => at - (watch.times[i] ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_100);
    expect(pauses.filter((pause) => pause > 150).length).toBeLessThanOrEqual(1);
    await clock.advance(milliseconds(70_000));
    expect(keep.seen).toEqual(upTo(40_000));
    await Promise.all([keep.stop(), watch.stop()]);
  });

  test('wait for the end of an interrupted run that a power cut has taken out of the published position', async () => {
    const { clock, append, source } = start();
    append(7);
    const ending = new AbortController();
    const next = source.next('storing', 0, ending.signal, { to: 10, registry: undefined });
    await clock.advance(milliseconds(100));
    append(5);
    await clock.advance(milliseconds(100));
    expect(await next).toMatchObject({ from: 1, to: 10, entries: { length: 10 } });
    const never = source.next('storing', 10, ending.signal, { to: 20, registry: undefined });
    await clock.advance(milliseconds(100));
    ending.abort();
    expect(await never).toBeUndefined();
  });

  test('validate an interrupted run with the registry that it was begun with', async () => {
    const { reader } = journal();
    const entries = entriesOf([{ payload: Buffer.from('{"values":{"pm2_5":38.5}}') }]);
    const read: JournalReader['read'] = async () => ({ entries, damaged: [], through: 1 });
    const now: Registry = {
      revision: 2,
      stations: new Map(),
      devices: new Map(),
      gateways: new Map(),
      profiles: new Map(),
    };
    const then: Registry = {
      ...now,
      revision: 1,
      stations: new Map([['ST1', aStation()]]),
      devices: new Map([['dev-1', aDevice()]]),
    };
    const source = makeBatchSource({
      clock: manualClock(),
      untilGrown: async () => undefined,
      registry: () => now,
      onDamaged: () => undefined,
      reader: { ...reader, synced: () => 1, read },
    });
    const { signal } = new AbortController();
    const { decode, validate } = makeReadSteps();
    const batchOf = (run: EntryRun | undefined) => (run === undefined ? undefined : validate(decode(run)));
    const again = await source.next('storing', 0, signal, { to: 1, registry: then });
    expect(batchOf(again)).toMatchObject({
      packets: [{ refused: [] }],
      readings: { seriesTable: [{ station: 'ST1' }] },
    });
    const fresh = await source.next('alerting', 0, signal, { to: 1, registry: undefined });
    expect(batchOf(fresh)).toMatchObject({ packets: [{ refused: [{ fault: { code: 'DEVICE_UNKNOWN' } }] }] });
  });

  test.for([
    { span: 3, batches: 60 },
    { span: 15, batches: 34 },
    { span: 30, batches: 34 },
  ])('gather a calm stream, and let a lone entry wait for nothing: $span ms', async ({ span, batches }) => {
    const { clock, append, source } = start();
    const watch = follow(clock, source, 'alerting', () => span);
    await clock.advance(milliseconds(1_000));
    append(1);
    await clock.advance(milliseconds(1));
    expect(watch.seen).toEqual([1]);
    for (let i = 0; i < 1_000; i += 1) {
      append(1);
      await clock.advance(milliseconds(1));
    }
    await watch.stop();
    expect(watch.times.length).toBeLessThanOrEqual(batches);
    expect(watch.times.length).toBeGreaterThanOrEqual(batches / 2);
  });
});
