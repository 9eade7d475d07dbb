import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryRun } from '#ingest/batch.ts';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { type Store, keyOf } from '#storage/readings/store.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import type { Clock } from '#model/base/clock.ts';
import { writeConnected } from '#model/readings/connected.ts';
import { Fault } from '#model/base/fault.ts';
import { hourOf, type Instant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Reading, TimedBy } from '#model/readings/reading.ts';
import { aRun, givingPackets, ONE_DEVICE, type PlainPacket } from '#test/support/builders/runs.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { type Cut, type MemoryStore, memoryStore, wholeStore } from '#test/support/fakes/memory-store.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const JOURNAL = 'journal-1';
const START = 1_795_489_200_000;

/** One observation as a device might send it, and how it came. */
interface Sent {
  readonly kind: 'sent';
  readonly device: string;
  readonly property: string;
  /** Few enough that times meet, some a millisecond apart. Undefined: the device sends no time. */
  readonly time: Instant | undefined;
  readonly id: string | undefined;
  readonly value: number;
  /** 0 is QoS 0 or HTTP. */
  readonly packetId: number;
  readonly dup: boolean;
  /** Milliseconds of arrival: the clock of the broker goes back and forth. */
  readonly arrival: number;
}

/** A client comes back, or the broker is started anew. */
type Presence =
  | { readonly kind: 'connected'; readonly device: string; readonly isKept: boolean }
  | { readonly kind: 'disconnected'; readonly device: string }
  | { readonly kind: 'broker-started' };

type Happening = Sent | Presence;

const ARRIVALS = START + 7_200_000;
const DEVICES = ['a', 'b'] as const;
const AMOUNT = 'rainfall';

const sent: fc.Arbitrary<Sent> = fc.record({
  kind: fc.constant('sent' as const),
  device: fc.constantFrom(...DEVICES),
  property: fc.constantFrom('pm2_5', 'pm2_5', 'pm10', AMOUNT),
  time: fc.option(
    fc.constantFrom(START, START + 1, START + 2, START + 600_000, ARRIVALS + 1, ARRIVALS + 3, ARRIVALS + 600_000),
    { nil: undefined, freq: 3 },
  ),
  id: fc.option(fc.constantFrom('1', '2', '9007199254740992', '9007199254740993'), { nil: undefined }),
  value: fc.integer({ min: 0, max: 2 }),
  packetId: fc.integer({ min: 0, max: 2 }),
  dup: fc.boolean(),
  arrival: fc.integer({ min: 0, max: 4 }),
});

const presence: fc.Arbitrary<Presence> = fc.oneof(
  fc.record({ kind: fc.constant('connected' as const), device: fc.constantFrom(...DEVICES), isKept: fc.boolean() }),
  fc.record({ kind: fc.constant('disconnected' as const), device: fc.constantFrom(...DEVICES) }),
  fc.constant({ kind: 'broker-started' as const }),
);

const happenings = fc.array(fc.oneof({ arbitrary: sent, weight: 8 }, { arbitrary: presence, weight: 1 }), {
  minLength: 1,
  maxLength: 40,
});

/** Gives entries of the journal to what happens, with the connections as the broker counts them. */
const entriesOf = (all: readonly Happening[]): readonly Entry[] => {
  let count = 0;
  const connections = new Map<string, number>();
  return all.map((one, index): Entry => {
    const sequence = index + 1;
    const device = one.kind === 'broker-started' ? '' : one.device;
    if (one.kind === 'broker-started') {
      count = 0;
      connections.clear();
    } else if (one.kind === 'connected') {
      count += 1;
      connections.set(device, count);
    }
    const receivedAt = ARRIVALS + (one.kind === 'sent' ? one.arrival : 0);
    const envelope = { sender: device, connection: connections.get(device) ?? 0, receivedAt, sequence };
    if (one.kind !== 'sent') {
      const payload =
        one.kind === 'connected' ? writeConnected({ clientId: device, isKept: one.isKept }) : Buffer.from(device);
      return { ...envelope, kind: one.kind, topic: '', payload, qos: 0, dup: false, packetId: 0 };
    }
    const { property, time, id, value, packetId, dup } = one;
    const payload = Buffer.from(JSON.stringify({ time, id, values: { [property]: value } }));
    const qos = packetId === 0 ? 0 : 1;
    return {
      ...envelope,
      kind: 'readings',
      topic: `v1/${device}/readings`,
      payload,
      qos,
      dup: dup && qos === 1,
      packetId,
    };
  });
};

const settledFrom = ({ device, property, time, id, value }: Sent, entry: Entry): PlainPacket => {
  const { receivedAt, sequence } = entry;
  const reading: Reading = {
    device,
    station: 'S',
    family: property === AMOUNT ? 'weather' : 'air',
    property,
    value,
    receivedAt,
    sequence,
    place: `/values/${property}`,
    observedAt: time ?? receivedAt,
    timedBy: time === undefined ? 'arrival' : 'device',
  };
  return {
    entry,
    codec: 'json',
    codecVersion: 1,
    refused: [],
    missing: 0,
    observations: [{ readings: [reading], id }],
  };
};

/** Model after `devices.md`: one reading after the other, without batches, watermarks, look-ups and crashes. */
const expectedOf = (all: readonly Happening[]) => {
  const rows = new Map<string, { value: number; timedBy: TimedBy }>();
  const times = new Map<string, number>();
  const sessions = new Map<string, string>();
  const packets = new Map<string, string>();
  const counts = { decoded: 0, stored: 0, duplicates: 0, revised: 0 };
  let run = 0;

  const sessionOf = (device: string): string => sessions.get(device) ?? `${device} nowhere ${run}`;
  const keyOfSent = (of: Sent, index: number): string => {
    const { device, property, time, id, packetId, dup, value } = of;
    const content = JSON.stringify([property, value, id]);
    const isAmount = id === undefined && property === AMOUNT;
    if (time !== undefined) return `${device} ${property} ${time} ${isAmount ? `=${value}` : id}`;
    if (id !== undefined) return `${device} ${id} ${content}`;
    const packet = `${sessionOf(device)} ${packetId}`;
    const isAgain = packetId > 0 && dup && packets.get(packet)?.split('|')[0] === content;
    if (packetId > 0 && !isAgain) packets.set(packet, `${content}|${index}`);
    return packetId > 0 ? `${packet} ${packets.get(packet)}` : `${index}`;
  };
  const freeFrom = ({ device, property }: Sent, from: number): number => {
    for (let at = from; ; at += 1) if (!rows.has(`${device} ${property} ${at}`)) return at;
  };

  all.forEach((one, index) => {
    if (one.kind === 'broker-started') {
      run += 1;
      sessions.clear();
    } else if (one.kind === 'connected') {
      sessions.set(one.device, one.isKept ? `kept ${one.device}` : `clean ${index}`);
    } else if (one.kind === 'sent') {
      counts.decoded += 1;
      const key = keyOfSent(one, index);
      const known = times.get(key);
      if (known === undefined) {
        const own = one.time ?? ARRIVALS + one.arrival;
        const at = freeFrom(one, own);
        const timedBy = one.time === undefined ? 'arrival' : at === own ? 'device' : 'shifted';
        times.set(key, at);
        rows.set(`${one.device} ${one.property} ${at}`, { value: one.value, timedBy });
        counts.stored += 1;
        return;
      }
      const row = rows.get(`${one.device} ${one.property} ${known}`);
      if (row === undefined || row.value === one.value) counts.duplicates += 1;
      else {
        row.value = one.value;
        counts.stored += 1;
        counts.revised += 1;
      }
    }
  });
  return { rows, counts };
};

/** Failure of one attempt at a batch: an outage around the write, or a crash before or after one of the steps. */
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

const TELEMETRY = makeIngestMetrics(silentLog());

interface World {
  readonly store: MemoryStore;
  readonly trustedClock: Pick<Clock, 'now'>;
  readonly operations: Operations;
}

const attempt = async (
  batch: EntryRun & { readonly packets: readonly PlainPacket[] },
  { store, operations, trustedClock }: World,
  suffers: Trouble | undefined,
): Promise<void> => {
  store.cut = suffers?.kind === 'outage' ? suffers.cut : 'none';
  const crash = (at: string): void => {
    if (suffers?.kind === 'crash' && suffers.at === at) throw new Crash(at);
  };
  const whole = wholeStore(store);
  const full: Store = {
    ...whole,
    write: async (...of) => {
      crash('write');
      return whole.write(...of);
    },
  };
  const signal = new AbortController().signal;
  const steps = storingSteps({
    qualifier: new Qualifier(() => []),
    operations,
    trustedClock,
    store: full,
    metrics: TELEMETRY,
    signal,
    endReplay: () => Promise.resolve(),
    onStored: () => undefined,
  });
  await storeRun(batch, {
    ...givingPackets(batch.packets),
    dedupe: steps.dedupe,
    qualify: steps.qualify,
    store: async (...of) => {
      crash('intent');
      return steps.store(...of);
    },
    record: async (...of) => {
      crash('commit');
      await steps.record(...of);
    },
  });
};

const isExpected = (error: unknown): boolean => error instanceof Crash || (error instanceof Fault && error.retry);

/** Takes everything through keep in batches, each tried until it passes, with the given troubles on the way. */
const run = async (
  world: World,
  all: readonly Happening[],
  sizes: readonly number[],
  troubles: readonly Trouble[],
): Promise<void> => {
  const waiting = [...troubles];
  const everything = entriesOf(all);
  for (let done = 0, round = 0; done < all.length; round += 1) {
    const entries = everything.slice(done, done + (sizes[round % sizes.length] ?? 1));
    const packets = entries.flatMap((entry) => {
      const one = all[entry.sequence - 1];
      return one?.kind === 'sent' ? [settledFrom(one, entry)] : [];
    });
    const batch = {
      journal: JOURNAL,
      from: done + 1,
      to: done + entries.length,
      entries,
      packets,
      registry: ONE_DEVICE,
    };
    for (let tries = 0; ; tries += 1) {
      try {
        await attempt(batch, world, tries < 2 ? waiting.shift() : undefined);
        break;
      } catch (error) {
        // oxlint-disable-next-line max-depth -- a batch is attempted again after each fault that is expected
        if (!isExpected(error)) throw error;
      }
    }
    done += entries.length;
  }
};

const HOURS = { device: undefined, fromHour: hourOf(START) - 1, toHour: hourOf(START) + 24 };

/** The state as seen from outside, sorted. */
const outcome = ({ store, operations }: World) => ({
  rows: store
    .rows()
    .map((row) => `${keyOf(row)} = ${row.value}`)
    .sort(),
  messages: operations.messageCounts(HOURS),
  readings: operations.readingCounts(HOURS),
  expected: [...operations.rowCounts(store.name, HOURS.fromHour, HOURS.toHour)],
  cursor: operations.cursor('storing'),
  intent: operations.intent(),
});

const world = (kind: 'appends' | 'overwrites'): World => ({
  store: memoryStore(kind),
  trustedClock: manualClock(),
  operations: openSqliteOperations(':memory:'),
});

const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);

describe.for(['appends', 'overwrites'] as const)('keep into a store that %s', (kind) => {
  const story = {
    all: happenings,
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
      { numRuns: 50 },
    );
  });

  test('keeps every reading once, at its own time or the next free millisecond, and counts it once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(story), async ({ all, sizes, troubles }) => {
        const here = world(kind);
        await run(here, all, sizes, troubles);
        const { rows, counts } = expectedOf(all);
        const kept = here.store.rows().map((row): [string, object] => {
          const { device, property, observedAt, value, timedBy } = row;
          return [`${device} ${property} ${observedAt}`, { value, timedBy }];
        });
        expect(kept).toHaveLength(rows.size);
        expect(new Map(kept)).toEqual(rows);
        const { readings, messages, expected } = outcome(here);
        const counted = (column: 'decoded' | 'stored' | 'duplicates' | 'revised'): number =>
          sum(readings.map((of) => of[column]));
        expect({
          decoded: counted('decoded'),
          stored: counted('stored'),
          duplicates: counted('duplicates'),
          revised: counted('revised'),
        }).toEqual(counts);
        expect(sum(readings.map((of) => of.stored + of.duplicates + of.refused))).toBe(counts.decoded);
        expect(sum(messages.map((of) => of.processed))).toBe(counts.decoded);
        expect(sum(expected.map((of) => of.stored - of.revised))).toBe(rows.size);
      }),
      { numRuns: 100 },
    );
  });
});

const aSent = (given: Partial<Sent>): Sent => ({
  kind: 'sent',
  device: 'a',
  property: 'pm2_5',
  time: START,
  id: undefined,
  value: 1,
  packetId: 1,
  dup: false,
  arrival: 0,
  ...given,
});

const settledAll = (all: readonly Sent[]): readonly PlainPacket[] =>
  entriesOf(all).flatMap((entry, index) => {
    const one = all[index];
    return one === undefined ? [] : [settledFrom(one, entry)];
  });

test('a repeat that believes nothing any more takes back the rows of the attempt before it', async () => {
  const here = world('appends');
  const [packets] = settledAll([aSent({})]);
  if (packets === undefined) throw new Error('nothing was packets');
  const batch = {
    journal: JOURNAL,
    from: 1,
    to: 1,
    entries: [packets.entry],
    packets: [packets],
    registry: ONE_DEVICE,
  };
  await expect(attempt(batch, here, { kind: 'outage', cut: 'after' })).rejects.toMatchObject({ retry: true });
  expect(here.store.rows()).toHaveLength(1);
  const fault = new Fault('DEVICE_UNKNOWN', 'it was removed meanwhile');
  const refused = { ...packets, observations: [], refused: [{ place: '', fault, readings: 1 }] };
  await attempt({ ...batch, packets: [refused] }, here, undefined);
  expect(here.store.rows()).toEqual([]);
  expect(outcome(here).messages).toMatchObject([{ processed: 0, quarantined: 1 }]);
});

test('tells of what is stored, and not of what the store has refused', async () => {
  const here = world('appends');
  const told: number[] = [];
  const write: Store['write'] = async ({ readings }) => ({
    rejected: [...readings.value].flatMap((value, index) => (value === 2 ? [{ index, reason: 'no' }] : [])),
  });
  const steps = storingSteps({
    qualifier: new Qualifier(() => []),
    operations: here.operations,
    trustedClock: here.trustedClock,
    store: { ...wholeStore(here.store), write },
    metrics: makeIngestMetrics(silentLog()),
    signal: new AbortController().signal,
    endReplay: () => Promise.resolve(),
    onStored: (readings) => told.push(...readings.value),
  });
  const packets = settledAll([1, 2].map((value) => aSent({ time: START + value, value })));
  const entries = packets.map(({ entry }) => entry);
  await storeRun(aRun(entries), { ...givingPackets(packets), ...steps });
  expect(told).toEqual([1]);
});
