import { expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { startRetention } from '#ingest/quarantine/retention.ts';
import { days, hours, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

test('closed packets go after their time, open ones stay, and the ledger still counts both', async () => {
  const clock = manualClock();
  const operations = openSqliteOperations(`${tempFolder()}/operations.db`);
  onTestFinished(() => operations.stop());
  const packet = (sequence: number) => ({
    journal: 'j',
    sequence,
    device: 'box-1',
    topic: 'v1/box-1/readings',
    receivedAt: clock.now(),
    codec: 'json',
    codecVersion: 1,
    dup: false,
    packetId: 1,
    session: 's',
    payload: Buffer.from('{}'),
    parts: [{ place: '', code: 'PROPERTY_UNKNOWN' as const, detail: 'unknown', readings: 1, further: 0 }],
  });
  const line = { journal: 'j', device: 'box-1', hour: Math.floor(clock.now() / 3.6e6) };
  await operations.commitStored({
    cursor: { journal: 'j', sequence: 2 },
    readings: [],
    rows: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
    quarantined: [packet(1), packet(2)],
    messages: [{ ...line, processed: 0, quarantined: 2, discarded: 0 }],
  });
  await operations.discard([1], { reason: 'a test of the vendor', by: 'Sari', at: clock.now() });
  const log = silentLog();
  const retention = startRetention({ keepClosed: days(90) }, { clock, log, operations });
  onTestFinished(() => retention.stop());

  await clock.advance(days(90));
  expect(operations.quarantined(1)?.state).toBe('discarded');
  await clock.advance(hours(2));
  await eventually(() => expect(operations.quarantined(1)).toBeUndefined());
  expect(operations.quarantineEvents(1)).toEqual([]);
  expect(log.lines).toMatchObject([{ level: 'info', fields: { by: 'retention', packets: 1 } }]);
  expect(operations.quarantined(2)?.state).toBe('open');
  expect(operations.messageCounts({ device: undefined, fromHour: line.hour, toHour: line.hour })).toMatchObject([
    { quarantined: 1, discarded: 1 },
  ]);
});

test('a database that is held for a while keeps closed packets for a minute, and ends nothing', async () => {
  const clock = manualClock();
  const log = silentLog();
  let asked = 0;
  const operations = {
    purgeQuarantine: async (): Promise<number> => {
      asked += 1;
      if (asked === 1) throw new Fault('OPERATIONS_FAILED', 'it is held', { retry: true });
      return 0;
    },
  };
  const retention = startRetention({ keepClosed: days(90) }, { clock, log, operations });
  onTestFinished(() => retention.stop());
  await eventually(() => expect(clock.waiting()).toBe(1));
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { code: 'OPERATIONS_FAILED' } }]);
  await clock.advance(minutes(1));
  await eventually(() => expect(asked).toBe(2));
  await retention.stop();
  await retention.ended;
});
