import { describe, expect, onTestFinished, test } from 'vitest';
import type { Settled } from '#ingest/batch.ts';
import { keepSteps } from '#ingest/keep.ts';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import { keep } from '#ingest/pipeline.ts';
import { makeTelemetry } from '#ingest/telemetry.ts';
import { days, hours } from '#model/duration.ts';
import { FLAG } from '#model/flag.ts';
import type { Instant } from '#model/instant.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { memoryStore, wholeStore } from '#test/support/memory-store.ts';
import { silentLog } from '#test/support/silent-log.ts';

const START = 1_795_489_200_000;
const YEAR = days(365).ms;

/** A reading without a time, stamped at its arrival. */
const arrived = (id: string, receivedAt: Instant, sequence: number): Settled => ({
  entry: {
    ...{ kind: 'readings', sender: 'dev-1', connection: 1, topic: 'v1/dev-1/readings', qos: 1, dup: false },
    ...{ payload: Buffer.from(id), packetId: 1, receivedAt, sequence },
  },
  ...{ codec: 'json', codecVersion: 1, refused: [], missing: 0 },
  observations: [
    {
      id,
      readings: [
        {
          ...{ device: 'dev-1', station: 'ST1', family: 'air', property: 'pm2_5', value: 7, receivedAt, sequence },
          ...{ place: '/values/pm2_5', observedAt: receivedAt, flag: FLAG.GOOD, timedBy: 'arrival' },
        },
      ],
    },
  ],
});

/** Takes readings through keep one by one; the careful clock stands at `START` until a test turns it. */
const keeping = () => {
  const store = memoryStore('appends');
  const operations = openSqliteOperations(':memory:');
  onTestFinished(() => operations.stop());
  const careful = manualClock(START);
  const steps = keepSteps({
    ...{ operations, careful, store: wholeStore(store), telemetry: makeTelemetry(silentLog()) },
    ...{ signal: new AbortController().signal, endReplay: () => Promise.resolve(), onStored: () => undefined },
  });
  let sequence = 0;
  const take = async (id: string, receivedAt: Instant): Promise<void> => {
    sequence += 1;
    const settled = arrived(id, receivedAt, sequence);
    await keep({ journal: 'j', from: sequence, to: sequence, entries: [settled.entry], settled: [settled] }, steps);
  };
  const isKnown = (id: string): boolean => operations.pin('dev-1', `id:${id}`) !== undefined;
  return { careful, store, take, isKnown };
};

describe('a reading without a time that is sent again', () => {
  test('is a duplicate though the clock leapt ahead by a year in between, and came back', async () => {
    const { careful, store, take } = keeping();
    await take('first', START);
    await take('in the leap', START + YEAR);
    await take('first', START + YEAR + 1);
    await careful.advance(hours(1));
    await take('after it', START + hours(1).ms);
    await take('first', START + hours(1).ms + 1);
    expect(store.rows()).toHaveLength(3);
  });

  test('is told apart in what waited for days for a store, as when it had been stored at once', async () => {
    const { careful, store, take } = keeping();
    await careful.advance(days(3));
    await take('first', START);
    await take('between', START + hours(23).ms);
    await take('first', START + hours(24).ms);
    expect(store.rows()).toHaveLength(2);
  });

  test('is not remembered for longer than a day of arrival', async () => {
    const { careful, take, isKnown } = keeping();
    await take('first', START);
    await careful.advance(days(1));
    await take('in time', START + days(1).ms);
    expect(isKnown('first')).toBe(true);
    await careful.advance(hours(1));
    await take('too late', START + days(1).ms + 1);
    expect([isKnown('first'), isKnown('in time')]).toEqual([false, true]);
  });
});
