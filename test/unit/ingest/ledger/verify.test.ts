import { expect, test } from 'vitest';
import { makeLedger } from '#ingest/ledger/ledger.ts';
import type { Intent } from '#ingest/operations/keep.ts';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import { startDuckDbStore } from '#ingest/store/stores/duckdb.ts';
import { DuckDbSettings } from '#ingest/store/stores/duckdb/settings.ts';
import { aBatch, aReading } from '#test/support/readings.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const never = new AbortController().signal;

const start = async () => {
  const operations = openSqliteOperations(':memory:');
  const store = await startDuckDbStore(DuckDbSettings.parse({ kind: 'duckdb' }), { folder: tempFolder() });
  const ledger = makeLedger({
    operations,
    store,
    journal: 'j',
    arrivals: async () => ({ received: { journal: 'j', through: 0, counts: [] }, waiting: [] }),
    between: (call) => call(),
  });
  const reading = aReading();
  const { device, property, observedAt } = reading;
  const row = { store: store.name, device, property, hour: Math.floor(observedAt / 3_600_000), stored: 1, revised: 0 };
  await operations.commit({
    ...{ cursor: { journal: 'j', sequence: 1 }, messages: [], readings: [], rows: [row] },
    ...{ quarantined: [], marks: [], pins: [] },
  });
  return { operations, store, reading, verify: () => ledger.verify(() => undefined, never) };
};

test('a verification finds what the ledger expects, and says where a row is missing', async () => {
  const { store, reading, verify } = await start();
  expect(await verify()).toMatchObject({
    ...{ verified: false, expected: 1, found: 0, mismatched: 1 },
    mismatches: [{ device: reading.device, property: reading.property, expected: 1, found: 0 }],
  });
  await store.write(aBatch([reading]), never);
  expect(await verify()).toMatchObject({ verified: true, expected: 1, found: 1, mismatches: [] });
});

test('a verification waits while a batch may be half written', async () => {
  const { operations, verify } = await start();
  const intent: Intent = { journal: 'j', from: 2, to: 3, verdicts: [] };
  await operations.intend(intent);
  await expect(verify()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
});
