import { describe, expect, onTestFinished, test } from 'vitest';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { formatInstant, hourOf } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { type Arrival, connected, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { memoryStore, wholeStore } from '#test/support/fakes/memory-store.ts';
import { MORNING, never } from '#test/support/builders/readings.ts';
import { aRun } from '#test/support/builders/runs.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { columnsOf } from '#model/readings/columns.ts';

const TIME = formatInstant(MORNING);
const EVERY = { ids: undefined, device: undefined, code: undefined, from: undefined, to: undefined };
const DEVICE: RegistryChange = { kind: 'put-device', device: aDevice() };

/** Takes packets of a device through keep, and replays them. */
const world = async (...registry: readonly RegistryChange[]) => {
  const store = memoryStore('appends');
  const operations = openSqliteOperations(':memory:');
  onTestFinished(() => operations.stop());
  await operations.changeRegistry([{ kind: 'put-station', station: aStation() }, ...registry]);
  const journal: Entry[] = [];
  const clock = manualClock();
  const whole = { operations, store: wholeStore(store), signal: never, onStored: () => undefined };
  const steps = storingSteps({
    qualifier: new Qualifier(() => []),
    ...whole,
    trustedClock: clock,
    metrics: makeIngestMetrics(silentLog()),
    endReplay: () => Promise.resolve(),
  });
  const replayer = makeReplayer({
    ...whole,
    clock,
    between: (call) => call(),
    reader: {
      id: 'j',
      first: () => Promise.resolve(1),
      read: async (after) => ({ entries: journal.slice(after), damaged: [], through: journal.length }),
    },
  });
  const take = async (...arrivals: readonly Arrival[]): Promise<void> => {
    for (const entry of entriesOf(arrivals, journal.length + 1)) {
      journal.push(entry);
      await storeRun(aRun([entry], operations.registry()), { ...makeReadSteps(), ...steps });
    }
  };
  const span = { device: 'dev-1', from: 0, to: MORNING * 2 };
  return {
    operations,
    take,
    rows: () => store.rows().map(({ observedAt, value, timedBy }) => [observedAt - MORNING, value, timedBy]),
    /** As if nothing had been stored, and nothing were known of where it was put. */
    forget: async (): Promise<void> => {
      const everything = {
        journal: 'j',
        from: 1,
        to: 99,
        readings: columnsOf([]),
        revised: new Set<number>(),
        isRepeat: true,
      };
      await store.write(everything, never);
      await operations.forgetMoved('another journal', 0);
    },
    replay: () => replayer.quarantined(EVERY, { shift: undefined, by: 'Sari' }, () => undefined, never),
    raw: () => replayer.raw({ ...span, isDry: false }, () => undefined, never),
    expected: () =>
      [...operations.rowCounts(store.name, 0, hourOf(MORNING) + 24)].reduce(
        (sum, { stored, revised }) => sum + stored - revised,
        0,
      ),
  };
};

describe('a replay of the quarantine', () => {
  test('recognises a redelivery among packets without a time', async () => {
    const { operations, take, replay, rows } = await world();
    const untimed = (ms: number, given: Partial<Entry> = {}): Arrival => ({
      body: { pm2_5: 40 },
      receivedAt: MORNING + ms,
      ...given,
    });
    await take(STARTED, connected(1, true), untimed(0), untimed(1_000, { packetId: 2, dup: true }));
    await take(connected(2, true), untimed(2_000, { connection: 2, dup: true }));
    await operations.changeRegistry([DEVICE]);
    expect(await replay()).toMatchObject({ packets: 2, stored: 2, duplicates: 0 });
    expect(rows()).toEqual([
      [0, 40, 'arrival'],
      [1_000, 40, 'arrival'],
    ]);
    await take(untimed(3_000, { connection: 2, dup: true }));
    expect(rows()).toHaveLength(2);
  });

  test('keeps two ids of one time apart', async () => {
    const { operations, take, replay, rows, expected } = await world();
    await take(...['1', '2', '1'].map((id) => ({ body: { time: TIME, id, pm2_5: 0.2 } })));
    await operations.changeRegistry([DEVICE]);
    expect(await replay()).toMatchObject({ packets: 3, stored: 2, duplicates: 1 });
    expect(rows()).toEqual([
      [0, 0.2, 'device'],
      [1, 0.2, 'shifted'],
    ]);
    expect(expected()).toBe(2);
  });

  test('leaves alone what is stored of a packet that names not all of its places', async () => {
    const { operations, take, replay, rows, expected } = await world(DEVICE);
    const wrong = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`wrong${i}`, i]));
    await take({ body: { pm10: 1 } }, { body: { ...wrong, pm2_5: 7, pm10: 8 } });
    const before = rows();
    expect(before).toEqual([
      [0, 1, 'arrival'],
      [0, 7, 'arrival'],
      [1, 8, 'arrival'],
    ]);
    await operations.changeRegistry([
      { kind: 'put-device', device: aDevice({ fields: { wrong5: { property: 'pm1' } } }) },
    ]);
    expect(await replay()).toMatchObject({ refusedAgain: 1, stored: 1, duplicates: 0 });
    expect(rows()).toEqual([...before, [0, 5, 'arrival']]);
    expect(expected()).toBe(4);
  });
});

describe('a raw replay', () => {
  const tip = (id: string, value: number): Arrival => ({ body: { time: TIME, id, pm2_5: value } });
  const numbered = (value: number, ms: number): Arrival => ({
    body: { id: 0, pm2_5: value },
    receivedAt: MORNING + ms,
  });

  test('finds readings where they were put, in the store and after a replay of the quarantine', async () => {
    const { operations, take, replay, raw, rows } = await world();
    await take(tip('1', 1), tip('2', 2));
    await operations.changeRegistry([DEVICE]);
    await replay();
    await take(tip('3', 3), tip('2', 2), numbered(4, 1_000), numbered(4, 2_000));
    const before = rows();
    expect(before).toHaveLength(4);
    expect(await raw()).toMatchObject({ new: 0, changed: 0, same: 4 });
    expect(rows()).toEqual(before);
  });

  test('brings back readings that took the place of each other before ids were told apart', async () => {
    const { take, raw, rows, forget } = await world(DEVICE);
    await take(tip('1', 1), tip('2', 2), tip('2', 3), numbered(4, 1_000), numbered(5, 2_000), numbered(4, 3_000));
    const whole = rows();
    await forget();
    expect(rows()).toEqual([]);
    expect(await raw()).toMatchObject({ new: 4, changed: 0, same: 0 });
    expect(new Set(rows().map(String))).toEqual(new Set(whole.map(String)));
    expect(await raw()).toMatchObject({ new: 0, changed: 0, same: 4 });
  });
});
