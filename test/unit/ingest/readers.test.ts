import { expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import type { KeepSteps, WatchSteps } from '#ingest/pipeline.ts';
import { startReaders } from '#ingest/readers.ts';
import type { JournalReader } from '#journal/journal.ts';
import { seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';

const emptyJournal: JournalReader = {
  id: 'j',
  synced: () => 42,
  first: async () => 1,
  read: async (after) => ({ entries: [], damaged: [], through: after }),
  count: async () => [],
  stop: async () => undefined,
};

const unused = (): never => {
  throw new Error('nothing is to be read here');
};
const keepSteps: KeepSteps = { judge: unused, intend: unused, store: unused, record: unused };
const watchSteps: WatchSteps = { observe: unused, evaluate: unused, notify: unused, record: unused };

test('the readers tell a broker that came back how far they are, although they stand still', async () => {
  const clock = manualClock();
  const operations = openSqliteOperations(':memory:');
  const cursor = { journal: 'j', sequence: 42 };
  const nothing = { messages: [], readings: [], rows: [], quarantined: [], marks: [], pins: [] };
  await operations.commit({ cursor, ...nothing });
  await operations.watched({ cursor, latest: [], presence: [], seen: [] });
  let passed = 0;
  let isAway = false;
  const readers = startReaders({
    ...{ clock, log: silentLog(), random: () => 0, reader: emptyJournal, operations, keepSteps, watchSteps },
    onDamaged: unused,
    passed: async (_journal, sequence) => {
      if (isAway) throw new Fault('BROKER_UNREACHABLE', 'the test took it away', { retry: true });
      passed = sequence;
    },
  });
  onTestFinished(() => readers.stop());
  await clock.advance(seconds(2));
  expect(passed).toBe(42);
  isAway = true;
  await clock.advance(seconds(2));
  isAway = false;
  passed = 0;
  await clock.advance(seconds(2));
  expect(passed).toBe(42);
});
