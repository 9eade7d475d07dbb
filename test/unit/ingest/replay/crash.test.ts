import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowChange } from '#storage/operations/ledger.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { keyOf } from '#storage/readings/store.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, hourOf } from '#model/base/instant.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { type Cut, memoryStore, wholeStore } from '#test/support/fakes/memory-store.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const NOW = 1_795_489_200_000;
const HOUR = hourOf(NOW);
const EVERY = { ids: undefined, device: undefined, code: undefined, from: undefined, to: undefined };

/** A packet whose one field had the wrong name; times are few enough to meet. */
interface Sent {
  readonly slot: number;
  readonly value: number;
}
const sent = fc.record({ slot: fc.integer({ min: 1, max: 4 }), value: fc.integer({ min: 0, max: 2 }) });

/** Where one try at the replay breaks off: the store is cut off, or the process ends before or after something is kept. */
type Trouble = { readonly cut: Cut } | { readonly crash: 'planned' | 'committing' | 'committed' };
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ cut: fc.constantFrom<Cut>('before', 'after') }),
  fc.record({ crash: fc.constantFrom('planned' as const, 'committing' as const, 'committed' as const) }),
);

class Crash extends Error {}

const packetOf = ({ slot, value }: Sent, index: number): QuarantinedPacket => ({
  journal: 'j',
  sequence: index + 1,
  device: 'dev-1',
  topic: 'v1/dev-1/readings',
  receivedAt: NOW + index,
  codec: 'json',
  codecVersion: 1,
  dup: false,
  packetId: 1,
  session: 's',
  payload: Buffer.from(JSON.stringify({ time: formatInstant(NOW - slot * 60_000), values: { PM25: value } })),
  parts: [{ place: '/values/PM25', code: 'PROPERTY_UNKNOWN', detail: 'unknown', readings: 1, further: 0 }],
});

const operationsWith = async (packets: readonly Sent[]): Promise<Operations> => {
  const operations = openSqliteOperations(':memory:');
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-device', device: aDevice({ fields: { PM25: { property: 'pm2_5' } } }) },
  ]);
  const none = { processed: 0, discarded: 0, stored: 0, duplicates: 0, revised: 0, missing: 0 };
  const count = packets.length;
  await operations.commitStored({
    cursor: { journal: 'j', sequence: count },
    messages: [{ ...none, journal: 'j', device: 'dev-1', hour: HOUR, quarantined: count }],
    readings: [{ ...none, journal: 'j', device: 'dev-1', hour: HOUR, decoded: count, refused: count }],
    rows: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
    quarantined: packets.map(packetOf),
  });
  return operations;
};

/** The operations database of a process that ends at a moment. */
const endingAt = (operations: Operations, crash: string | undefined): Operations => ({
  ...operations,
  planReplay: async (plan) => {
    await operations.planReplay(plan);
    if (crash === 'planned') throw new Crash();
  },
  commitReplay: async (commit) => {
    if (crash === 'committing') throw new Crash();
    await operations.commitReplay(commit);
    if (crash === 'committed') throw new Crash();
  },
});

const isExpected = (error: unknown): boolean => error instanceof Crash || (error instanceof Fault && error.retry);

/** Replays everything, each try as a process of its own, until one runs through; gives what is there then. */
const run = async (kind: 'appends' | 'overwrites', packets: readonly Sent[], troubles: readonly Trouble[]) => {
  const operations = await operationsWith(packets);
  const store = memoryStore(kind);
  for (const suffers of [...troubles, undefined]) {
    store.cut = suffers !== undefined && 'cut' in suffers ? suffers.cut : 'none';
    const replayer = makeReplayer({
      operations: endingAt(operations, suffers !== undefined && 'crash' in suffers ? suffers.crash : undefined),
      clock: manualClock(),
      signal: new AbortController().signal,
      store: wholeStore(store),
      reader: { id: 'j', first: () => Promise.resolve(1), read: () => Promise.reject(new Error('nothing is read')) },
      between: (call) => call(),
      onStored: () => undefined,
    });
    const { signal } = new AbortController();
    await replayer
      .quarantined(EVERY, { shift: undefined, by: 'Sari' }, () => undefined, signal)
      .catch((error: unknown) => {
        if (!isExpected(error)) throw error;
      });
  }
  const asked = { device: undefined, fromHour: 0, toHour: HOUR + 1 };
  const rows: readonly RowChange[] = [...operations.rowCounts(kind, 0, HOUR + 1)];
  const found = {
    rows: store.rows().map((reading) => `${keyOf(reading)} ${reading.value}`),
    messages: operations.messageCounts(asked),
    readings: operations.readingCounts(asked),
    expected: rows.reduce((sum, row) => sum + row.stored - row.revised, 0),
    open: operations.openPackets(),
    by: packets.flatMap((_, index) => operations.quarantineEvents(index + 1).map(({ by }) => by)),
  };
  await operations.stop();
  return found;
};

describe.for(['appends', 'overwrites'] as const)('a replay into a store that %s', (kind) => {
  test('ends in the same rows and counts however often it breaks off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: 1, maxLength: 8 }),
        fc.array(trouble, { minLength: 1, maxLength: 3 }),
        async (packets, troubles) => {
          const whole = await run(kind, packets, []);
          const broken = await run(kind, packets, troubles);
          expect({ ...broken, rows: broken.rows.toSorted() }).toEqual({ ...whole, rows: whole.rows.toSorted() });
          expect(broken.rows).toHaveLength(broken.expected);
          expect(broken.open).toBe(0);
          expect(broken.by).toEqual(packets.map(() => 'Sari'));
          expect(broken.messages).toMatchObject([{ processed: packets.length, quarantined: 0 }]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
