import { expect, test } from 'vitest';
import { makeLedger } from '#ingest/ledger/ledger.ts';
import type { Intent } from '#storage/operations/storing.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { startDuckDbStore } from '#storage/readings/duckdb/duckdb.ts';
import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { aBatch, aReading } from '#test/support/builders/readings.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const never = new AbortController().signal;

const start = async (planned?: object) => {
  const operations = openSqliteOperations(':memory:');
  const store = await startDuckDbStore(DuckDbSettings.parse({ kind: 'duckdb' }), { folder: tempFolder() });
  if (planned !== undefined) await operations.planReplay(planned);
  const replayer = makeReplayer({
    clock: manualClock(),
    operations,
    store,
    signal: never,
    onStored: () => undefined,
    reader: { id: 'j', first: () => Promise.resolve(1), read: () => Promise.reject(new Error('nothing is read')) },
    between: (call) => call(),
  });
  const ledger = makeLedger({
    operations,
    store,
    journal: 'j',
    arrivals: async () => ({ received: { journal: 'j', through: 0, counts: [] }, waiting: [] }),
    between: (call) => call(),
    endReplay: () => replayer.end(),
  });
  const reading = aReading();
  const { device, property, observedAt } = reading;
  const row = { store: store.name, device, property, hour: Math.floor(observedAt / 3_600_000), stored: 1, revised: 0 };
  await operations.commitStored({
    cursor: { journal: 'j', sequence: 1 },
    messages: [],
    readings: [],
    rows: [row],
    quarantined: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
  });
  return { operations, store, reading, verify: () => ledger.verify(() => undefined, never) };
};

test('a verification finds what the ledger expects, and says where a row is missing', async () => {
  const { store, reading, verify } = await start();
  expect(await verify()).toMatchObject({
    verified: false,
    expected: 1,
    found: 0,
    mismatched: 1,
    mismatches: [{ device: reading.device, property: reading.property, expected: 1, found: 0 }],
  });
  await store.write(aBatch([reading]), never);
  expect(await verify()).toMatchObject({ verified: true, expected: 1, found: 1, mismatches: [] });
});

test('a verification waits while a batch may be half written', async () => {
  const { operations, verify } = await start();
  const intent: Intent = { journal: 'j', from: 2, to: 3, classified: [] };
  await operations.intend(intent);
  await expect(verify()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
});

test('a verification ends a replay that broke off, whose rows are in the store and not counted yet', async () => {
  const replayed = aReading({ sequence: 1, observedAt: aReading().observedAt + 60_000 });
  const { store, reading, verify } = await start({
    journal: 'j',
    under: 'j/replay',
    from: 1,
    to: 1,
    readings: [replayed],
    classifications: [],
    superseded: [],
    newestTimes: [],
    packets: [],
  });
  await store.write(aBatch([reading]), never);
  await store.write(aBatch([replayed], { journal: 'j/replay' }), never);
  expect(await verify()).toMatchObject({ verified: true, expected: 2, found: 2 });
});
