import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import { verify } from '#ingest/ledger/verify.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import type { Store } from '#storage/readings/store.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { TimedBy } from '#model/readings/reading.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { type Arrival, connected, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING, never, rowsOf } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { STORE_HARNESSES } from '#test/support/builders/store-harness.ts';

/** Milliseconds after the morning's hour, value, and from where the time is. */
type Row = readonly [at: number, value: number, timedBy: TimedBy];

/** Packets of a device, and the rows that must come of them. */
interface Story {
  readonly name: string;
  readonly sent: readonly Arrival[];
  readonly rows: readonly Row[];
}

/** An epoch of 1.795968e9 s: the only one within 128 s that a 32-bit float holds. */
const FOLDED = 1_795_968_000_000;
const later = (ms: number): number => MORNING + ms;
const tip = (id: string, second = 0) => ({ time: formatInstant(later(second * 1_000)), id, rainfall: 0.2 });
const withId = (id: string, value: number): Arrival => ({
  payload: Buffer.from(`{"time":${MORNING},"id":${id},"rainfall":${value}}`),
});
const untimed = (value: number, ms: number, given: Partial<Entry> = {}): Arrival => ({
  receivedAt: later(ms),
  body: { rainfall: value },
  ...given,
});
const counted = (id: number, value: number, ms: number): Arrival => ({
  receivedAt: later(ms),
  body: { id, rainfall: value },
});

const BACK = [
  [-600, 0.2],
  [0, 0.4],
] as const;

/** A pack of SenML: seconds from the arrival, and the amount of rain. */
const history = (
  records: readonly (readonly [second: number, value: number])[],
  given: Partial<Entry> = {},
): Arrival => ({
  topic: 'v1/dev-1/readings/senml',
  body: records.map(([t, v]) => ({ n: 'rainfall', u: 'mm', t, v })),
  ...given,
});

const STORIES: readonly Story[] = [
  {
    name: 'a counter that restarts at boot',
    sent: [counted(0, 21.3, 0), counted(0, 21.9, 60_000), counted(1, 22, 120_000), counted(0, 22.4, 180_000)],
    rows: [
      [0, 21.3, 'arrival'],
      [60_000, 21.9, 'arrival'],
      [120_000, 22, 'arrival'],
      [180_000, 22.4, 'arrival'],
    ],
  },
  {
    name: 'a counter that restarts, each reading sent twice',
    sent: [counted(0, 21.3, 0), counted(0, 21.3, 500), counted(0, 21.9, 60_000), counted(0, 21.3, 61_000)],
    rows: [
      [0, 21.3, 'arrival'],
      [60_000, 21.9, 'arrival'],
    ],
  },
  {
    name: 'three tips of a bucket in one second, one of them sent again',
    sent: [{ body: tip('1') }, { body: tip('2') }, { body: tip('1') }, { body: tip('3') }, { body: tip('3') }],
    rows: [
      [0, 0.2, 'device'],
      [1, 0.2, 'shifted'],
      [2, 0.2, 'shifted'],
    ],
  },
  {
    name: 'a backlog of tips, newest first, in arrays',
    sent: [1, 0].map((second) => ({ body: ['3', '2', '1'].map((id) => tip(`${second}.${id}`, second)) })),
    rows: [0, 1_000].flatMap((second) =>
      [0, 1, 2].map((ms): Row => [second + ms, 0.2, ms === 0 ? 'device' : 'shifted']),
    ),
  },
  {
    name: 'ids around 2^53, one of them put right',
    sent: [withId('9007199254740992', 1), withId('9007199254740993', 2), withId('9007199254740993', 3)],
    rows: [
      [0, 1, 'device'],
      [1, 3, 'shifted'],
    ],
  },
  {
    name: 'a value that is no amount, put right without an id',
    sent: [1, 2].map((value) => ({ body: { time: formatInstant(MORNING), temperature: value } })),
    rows: [[0, 2, 'device']],
  },
  {
    name: 'amounts of one second without ids, each value once and each of them sent again',
    sent: [0.2, 0.4, 0.2, 0.4, 0.6, 0.6, 0.2].map((value) => ({
      body: { time: formatInstant(MORNING), rainfall: value },
    })),
    rows: [
      [0, 0.2, 'device'],
      [1, 0.4, 'shifted'],
      [2, 0.6, 'shifted'],
    ],
  },
  {
    name: 'amounts of one time without ids, between them one with an id and the amount of the next millisecond',
    sent: [
      { body: { time: MORNING, rainfall: 0.2 } },
      { body: { time: MORNING, id: 1, rainfall: 0.4 } },
      { body: { time: MORNING + 1, rainfall: 0.2 } },
      { body: { time: MORNING, rainfall: 0.4 } },
      { body: { time: MORNING + 1, rainfall: 0.2 } },
      { body: { time: MORNING, rainfall: 0.4 } },
    ],
    rows: [
      [0, 0.2, 'device'],
      [1, 0.4, 'shifted'],
      [2, 0.2, 'shifted'],
      [3, 0.4, 'shifted'],
    ],
  },
  {
    name: 'readings of minutes under an epoch that a 32-bit float has folded, told apart by their ids',
    sent: [1, 2, 3].map((id) => ({
      receivedAt: FOLDED + id * 60_000,
      payload: Buffer.from(`{"ts":1.795968e9,"id":${id},"rainfall":0.2}`),
    })),
    rows: [0, 1, 2].map((ms): Row => [FOLDED - MORNING + ms, 0.2, ms === 0 ? 'device' : 'shifted']),
  },
  {
    name: 'readings under an epoch that a 32-bit float has folded, without ids: the last one counts, and each revision is counted',
    sent: [1, 2, 3].map((value) => ({
      receivedAt: FOLDED + value * 60_000,
      payload: Buffer.from(`{"ts":1.795968e9,"temperature":${value}}`),
    })),
    rows: [[FOLDED - MORNING, 3, 'device']],
  },
  {
    name: 'a clock that steps back at boot, with ids: no amount is lost',
    sent: [tip('1'), tip('2', 1), tip('1.1'), tip('1.2', 1)].map((body) => ({ body })),
    rows: [0, 1_000].flatMap((second) => [0, 1].map((ms): Row => [second + ms, 0.2, ms === 0 ? 'device' : 'shifted'])),
  },
  {
    name: 'DUP on each first sending',
    sent: [1, 2, 3].map((packetId) => untimed(40, packetId, { packetId, dup: true })),
    rows: [
      [1, 40, 'arrival'],
      [2, 40, 'arrival'],
      [3, 40, 'arrival'],
    ],
  },
  {
    name: 'a redelivery of a kept session, behind a new connection and a new broker',
    sent: [
      STARTED,
      connected(1, true),
      untimed(40, 0),
      connected(2, true),
      untimed(40, 1_000, { dup: true, connection: 2 }),
      STARTED,
      connected(1, true),
      untimed(40, 2_000, { dup: true }),
    ],
    rows: [[0, 40, 'arrival']],
  },
  {
    name: 'a packet that looks like it, by another connection of a clean session',
    sent: [
      STARTED,
      connected(1, false),
      untimed(40, 0),
      untimed(40, 500, { dup: true }),
      connected(2, false),
      untimed(40, 1_000, { dup: true, connection: 2 }),
    ],
    rows: [
      [0, 40, 'arrival'],
      [1_000, 40, 'arrival'],
    ],
  },
  {
    name: 'times that a device counts back from the arrival, and the whole packet sent again',
    sent: [
      history(BACK),
      history(BACK, { dup: true, receivedAt: later(5_000) }),
      history([[-600, 0.6]], { packetId: 2, receivedAt: later(60_000) }),
    ],
    rows: [
      [-600_000, 0.2, 'arrival'],
      [-540_000, 0.6, 'arrival'],
      [0, 0.4, 'arrival'],
    ],
  },
  {
    name: 'arrivals in one millisecond after the clock was set back',
    sent: [untimed(1, 0), untimed(2, 3_600_000), untimed(3, 0), untimed(4, 1), untimed(5, 0)],
    rows: [
      [0, 1, 'arrival'],
      [1, 3, 'arrival'],
      [2, 4, 'arrival'],
      [3, 5, 'arrival'],
      [3_600_000, 2, 'arrival'],
    ],
  },
  {
    name: 'a reading with the time of one that is timed by its arrival',
    sent: [untimed(1, 0), ...[2, 3].map((value) => ({ body: { time: formatInstant(MORNING), rainfall: value } }))],
    rows: [
      [0, 1, 'arrival'],
      [1, 2, 'shifted'],
      [2, 3, 'shifted'],
    ],
  },
];

describe.for(STORE_HARNESSES.map((make) => make()))('in $name', (harness) => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));

  const start = async (): Promise<{ store: Store; operations: Operations }> => {
    const store = await harness.start();
    const operations = openSqliteOperations(':memory:');
    onTestFinished(async () => {
      await operations.stop();
      await store.stop();
    });
    await operations.changeRegistry([
      { kind: 'put-station', station: aStation({ family: 'weather' }) },
      { kind: 'put-device', device: aDevice() },
    ]);
    return { store, operations };
  };

  const takeAll = async (
    entries: readonly Entry[],
    size: number,
    { store, operations }: { store: Store; operations: Operations },
  ): Promise<void> => {
    const trustedClock = manualClock();
    const deps = { operations, store, metrics: makeIngestMetrics(silentLog()), trustedClock, signal: never };
    const steps = {
      ...makeReadSteps(),
      ...storingSteps({
        qualifier: new Qualifier(() => []),
        ...deps,
        endReplay: () => Promise.resolve(),
        onStored: () => undefined,
      }),
    };
    const registry = operations.registry();
    for (let from = 0; from < entries.length; from += size) {
      const some = entries.slice(from, from + size);
      await storeRun({ journal: 'j', from: from + 1, to: from + some.length, entries: some, registry }, steps);
    }
  };

  const shown = async (store: Store): Promise<readonly Row[]> =>
    (await rowsOf(store, { family: 'weather' })).map(
      ({ observedAt, value, timedBy }): Row => [observedAt - MORNING, value, timedBy],
    );

  describe.skipIf(harness.missing !== undefined)(harness.missing ?? 'identity', harness.options, () => {
    beforeAll(() => harness.prepare(folder));
    afterAll(async () => {
      await harness.end();
      rmSync(folder, { recursive: true, force: true });
    });

    test.for(STORIES)('keeps $name', async ({ sent, rows }) => {
      for (const size of [1, sent.length]) {
        const { store, operations } = await start();
        await takeAll(entriesOf(sent), size, { store, operations });
        expect(await shown(store)).toEqual(rows);
        expect(await verify(operations, store, () => undefined, never)).toMatchObject({
          verified: true,
          mismatched: 0,
        });
      }
    });

    test.for(STORIES)('finds $name again in a raw replay', async ({ sent, rows }) => {
      const { store, operations } = await start();
      const entries = entriesOf(sent);
      await takeAll(entries, 2, { store, operations });
      const replayer = makeReplayer({
        clock: manualClock(),
        operations,
        store,
        signal: never,
        onStored: () => undefined,
        reader: {
          id: 'j',
          first: () => Promise.resolve(1),
          read: async (after) => ({ entries: entries.slice(after), damaged: [], through: entries.length }),
        },
        between: (call) => call(),
      });
      const query = { device: 'dev-1', from: 0, to: MORNING * 2, isDry: false };
      const progress = await replayer.raw(query, () => undefined, never);
      expect(progress).toMatchObject({ new: 0, changed: 0, same: rows.length });
      expect(await shown(store)).toEqual(rows);
    });
  });
});
