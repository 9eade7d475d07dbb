import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { hourOf } from '#model/base/instant.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { anyBytes, anyText } from '#test/support/builders/hostile-text.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { memoryStore, wholeStore } from '#test/support/fakes/memory-store.ts';
import { entriesOf } from '#test/support/builders/arrivals.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { aRun } from '#test/support/builders/runs.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const EVERY = { ids: undefined, device: undefined, code: undefined, from: undefined, to: undefined };

const anyValue = fc.oneof(fc.double(), anyText, fc.constant(null), fc.boolean(), fc.array(fc.integer()));

/** Names, ids and values of any text, a good value among them now and then. */
const anyReading = fc
  .record({
    id: fc.option(anyText, { nil: undefined }),
    good: fc.boolean(),
    members: fc.array(fc.tuple(anyText, anyValue), { maxLength: 4 }),
  })
  .map(({ id, good, members }) =>
    Buffer.from(
      JSON.stringify({ id, values: Object.fromEntries([...members, ...(good ? [['pm2_5', 1] as const] : [])]) }),
    ),
  );

/** Keeps the packets, and gives what was counted before and after a replay that nothing was mended for. */
const keptAndReplayed = async (payloads: readonly Uint8Array[]) => {
  const operations = openSqliteOperations(':memory:');
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-device', device: aDevice() },
  ]);
  const store = wholeStore(memoryStore('appends'));
  const clock = manualClock();
  const { signal } = new AbortController();
  const steps = storingSteps({
    qualifier: new Qualifier(() => []),
    operations,
    store,
    signal,
    trustedClock: clock,
    metrics: makeIngestMetrics(silentLog()),
    endReplay: () => Promise.resolve(),
    onStored: () => undefined,
  });
  const entries = entriesOf(payloads.map((payload, index) => ({ payload, receivedAt: MORNING + index })));
  await storeRun(aRun(entries, operations.registry()), { ...makeReadSteps(), ...steps });
  const asked = { device: undefined, fromHour: 0, toHour: hourOf(MORNING) + 1 };
  const all = {
    device: undefined,
    state: undefined,
    from: undefined,
    to: undefined,
    before: undefined,
    limit: 99,
  };
  const counted = () => ({
    messages: operations.messageCounts(asked),
    readings: operations.readingCounts(asked).filter(({ decoded, missing }) => decoded + missing > 0),
    packets: operations.quarantine({ ...all, code: undefined }).map(({ last: _, ...packet }) => packet),
  });
  const before = counted();
  const replayer = makeReplayer({
    clock,
    operations,
    store,
    signal,
    reader: { id: 'j', first: () => Promise.resolve(1), read: () => Promise.reject(new Error('nothing is read')) },
    between: (call) => call(),
    onStored: () => undefined,
  });
  await replayer.quarantined(EVERY, { shift: undefined, by: 'Sari' }, () => undefined, signal);
  const after = counted();
  await operations.stop();
  return { before, after };
};

test('a replay for which nothing was mended changes no count and no part, whatever texts a device sends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(anyReading, anyBytes), { minLength: 1, maxLength: 40 }), async (payloads) => {
      const { before, after } = await keptAndReplayed(payloads);
      expect(after).toEqual(before);
    }),
    { numRuns: 20 },
  );
});
