import { expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { StoreSettings, startStore } from '#storage/readings/index.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const every = { ids: undefined, device: undefined, code: undefined, from: undefined, to: undefined };

/** One open packet, id 1, that was counted when it arrived. */
const world = async () => {
  const folder = tempFolder();
  const clock = manualClock();
  const hour = Math.floor(clock.now() / 3.6e6);
  const operations = openSqliteOperations(`${folder}/operations.db`);
  onTestFinished(() => operations.stop());
  const store = await startStore(StoreSettings.parse({ kind: 'duckdb' }), { folder, clock, log: silentLog() });
  onTestFinished(() => store.stop());
  await operations.commitStored({
    cursor: { journal: 'j', sequence: 1 },
    readings: [],
    rows: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
    messages: [{ journal: 'j', device: 'box-1', hour, processed: 0, quarantined: 1, discarded: 0 }],
    quarantined: [
      {
        journal: 'j',
        sequence: 1,
        device: 'box-1',
        topic: 'v1/box-1/readings',
        receivedAt: clock.now(),
        codec: 'json',
        codecVersion: 1,
        dup: false,
        packetId: 1,
        session: 's',
        payload: Buffer.from('{}'),
        parts: [{ place: '', code: 'PROPERTY_UNKNOWN', detail: 'unknown', readings: 0, further: 0 }],
      },
    ],
  });
  const replayer = () =>
    makeReplayer({
      clock,
      operations,
      store,
      signal: new AbortController().signal,
      reader: { id: 'j', first: () => Promise.resolve(1), read: () => Promise.reject(new Error('nothing is read')) },
      between: (call) => call(),
      onStored: () => undefined,
    });
  const messages = () => operations.messageCounts({ device: undefined, fromHour: hour, toHour: hour });
  return { operations, replayer, messages, hour };
};

test('a packet of a step that broke off is replayed to the end, and not discarded as well', async () => {
  const { operations, replayer, messages, hour } = await world();
  const packet = { id: 1, sequence: 1, device: 'box-1', hour, codec: 'json', codecVersion: 1, lost: 0 };
  await operations.planReplay({
    journal: 'j',
    under: 'j/replay',
    from: 1,
    to: 1,
    readings: [],
    classifications: [],
    superseded: [],
    newestTimes: [],
    packets: [{ ...packet, refused: [], missing: 0, note: '' }],
  });
  expect(await replayer().discard({ ...every, ids: [1] }, { reason: 'too late', by: 'Sari' })).toBe(0);
  expect(operations.quarantined(1)?.state).toBe('replayed');
  expect(messages()).toMatchObject([{ processed: 1, quarantined: 0, discarded: 0 }]);
});

test('a discard is kept with its reason and its time, and counts once', async () => {
  const { operations, replayer, messages } = await world();
  expect(await replayer().discard(every, { reason: 'a test', by: 'Sari' })).toBe(1);
  expect(await replayer().discard(every, { reason: 'twice', by: 'Budi' })).toBe(0);
  expect(operations.quarantineEvents(1)).toMatchObject([{ action: 'discarded', by: 'Sari', note: 'a test' }]);
  expect(messages()).toMatchObject([{ processed: 0, quarantined: 0, discarded: 1 }]);
});

test('a client that went away starts no further step', async () => {
  const { operations, replayer } = await world();
  const sums = await replayer().quarantined(
    every,
    { shift: undefined, by: 'Sari' },
    () => undefined,
    AbortSignal.abort(),
  );
  expect(sums.taken).toBe(0);
  expect(operations.quarantineEvents(1)).toEqual([]);
});
