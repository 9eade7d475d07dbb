import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { startReaders } from '#ingest/readers.ts';
import { openCursorFile } from '#ingest/cursor-file.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { join } from 'node:path';
import type { JournalReader } from '#journal/journal.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

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
const storingSteps = { dedupe: unused, qualify: unused, store: unused, record: unused };
const alertingSteps = {
  dedupe: unused,
  qualify: unused,
  observe: unused,
  evaluate: unused,
  notify: unused,
  record: unused,
};

const start = async (passed: (sequence: number) => Promise<void>) => {
  const clock = manualClock();
  const operations = openSqliteOperations(':memory:');
  const cursor = { journal: 'j', sequence: 42 };
  const nothing = { messages: [], readings: [], rows: [], quarantined: [], newestTimes: [], identities: NO_IDENTITIES };
  await operations.commitStored({ cursor, ...nothing });
  await operations.commitAlerted({ cursor, latest: [], presence: [], seen: [] });
  const readers = startReaders({
    clock,
    log: silentLog(),
    random: () => 0,
    reader: emptyJournal,
    operations,
    storingSteps,
    alertingSteps,
    cursorFile: openCursorFile(join(tempFolder(), 'cursors')),
    onDamaged: unused,
    untilGrown: (_after, signal) => clock.sleep(milliseconds(10), signal),
    passed: (_journal, sequence) => passed(sequence),
  });
  onTestFinished(() => readers.stop());
  return { clock, readers };
};

describe('the readers', () => {
  test('tell a broker that came back how far they are, although they stand still', async () => {
    let passed = 0;
    let isAway = false;
    const { clock } = await start(async (sequence) => {
      if (isAway) throw new Fault('BROKER_UNREACHABLE', 'the test took it away', { retry: true });
      passed = sequence;
    });
    await clock.advance(seconds(2));
    expect(passed).toBe(42);
    isAway = true;
    await clock.advance(seconds(2));
    isAway = false;
    passed = 0;
    await clock.advance(seconds(2));
    expect(passed).toBe(42);
  });

  test('end when the broker writes an older copy of the journal, where they would pass over what comes', async () => {
    const { clock, readers } = await start(() => Promise.reject(new Fault('JOURNAL_FOREIGN', 'it ends at 7')));
    const ended = expect(readers.ended).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' });
    await clock.advance(seconds(2));
    await ended;
  });
});
