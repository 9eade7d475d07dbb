import { describe, expect, onTestFinished, test } from 'vitest';
import { makeLedger } from '#ingest/ledger/ledger.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { keptFrom, startStoreRetention } from '#storage/readings/retention.ts';
import { startDuckDbStore } from '#storage/readings/duckdb/duckdb.ts';
import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
import { days, hours, seconds } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { aBatch, aReading, MORNING, never, rowsOf } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const RETENTION = days(30);

/** A reading on each of the last days, in the store and in the ledger. */
const withDays = async (count: number) => {
  const clock = manualClock(MORNING);
  const operations = openSqliteOperations(':memory:');
  const store = await startDuckDbStore(DuckDbSettings.parse({ kind: 'duckdb' }), { folder: tempFolder() });
  onTestFinished(() => store.stop());
  const readings = Array.from({ length: count }, (_, i) => aReading({ observedAt: MORNING - days(i).ms }));
  await store.write(aBatch(readings), never);
  const rows = readings.map(({ device, property, observedAt }) => ({
    store: store.name,
    device,
    property,
    hour: hourOf(observedAt),
    stored: 1,
    revised: 0,
  }));
  await operations.commitStored({
    cursor: { journal: 'j', sequence: 1 },
    messages: [],
    readings: [],
    rows,
    quarantined: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
  });
  let retention = RETENTION;
  const ledger = makeLedger({
    operations,
    store,
    keptFrom: () => keptFrom(retention, clock)(),
    journal: 'j',
    arrivals: async () => ({ received: { journal: 'j', through: 0, counts: [] }, waiting: [] }),
    between: (call) => call(),
    endReplay: () => Promise.resolve(),
  });
  const held = async (): Promise<number> =>
    (await rowsOf(store, { from: 0, to: MORNING + 1, limit: undefined })).length;
  const setRetention = (longer: typeof retention): void => {
    retention = longer;
  };
  return { clock, store, operations, held, setRetention, verify: () => ledger.verify(() => undefined, never) };
};

describe('the retention of the store', () => {
  test('removes what is older, a day at a time, and the ledger expects no more of it', async () => {
    const { clock, store, operations, held, verify } = await withDays(40);
    expect(await held()).toBe(40);
    const retention = startStoreRetention(RETENTION, {
      clock,
      log: silentLog(),
      store,
      operations,
      isQuiet: () => true,
    });
    onTestFinished(() => retention.stop());
    await eventually(async () => {
      await clock.advance(seconds(1));
      expect(await held()).toBe(31);
    });
    const verification = await verify();
    expect(verification).toMatchObject({ verified: true });
    expect(verification.found).toBeGreaterThanOrEqual(29);
    await retention.stop();
    await retention.ended;
  });

  test('has removed for good: a clock that is set back and a longer retention make the ledger expect none of it', async () => {
    const { clock, store, operations, held, setRetention, verify } = await withDays(40);
    const retention = startStoreRetention(RETENTION, {
      clock,
      log: silentLog(),
      store,
      operations,
      isQuiet: () => true,
    });
    onTestFinished(() => retention.stop());
    await eventually(async () => {
      await clock.advance(seconds(1));
      expect(await held()).toBe(31);
    });
    await retention.stop();
    clock.set(MORNING - days(5).ms);
    expect(await verify()).toMatchObject({ verified: true });
    clock.set(MORNING);
    setRetention(days(365));
    expect(await verify()).toMatchObject({ verified: true });
  });

  test('waits while keep is behind, and does nothing where none is set', async () => {
    const { clock, store, operations, held } = await withDays(40);
    const busy = startStoreRetention(RETENTION, { clock, log: silentLog(), store, operations, isQuiet: () => false });
    const none = startStoreRetention(undefined, { clock, log: silentLog(), store, operations, isQuiet: () => true });
    await clock.advance(hours(3));
    await Promise.all([busy.stop(), none.stop()]);
    await Promise.all([busy.ended, none.ended]);
    expect(await held()).toBe(40);
  });

  test('is what the ledger goes by even before anything is removed, and a missing row within it is found', async () => {
    const { store, verify } = await withDays(40);
    expect(await verify()).toMatchObject({ verified: true });
    await store.forget?.(MORNING - days(10).ms, never);
    while ((await store.forget?.(MORNING - days(10).ms, never)) !== 0);
    expect(await verify()).toMatchObject({ verified: false });
  });
});

test('a retention that devices could still send behind is refused', () => {
  expect(() => DuckDbSettings.parse({ kind: 'duckdb', retention: '7d' })).toThrow(/30d/);
});
