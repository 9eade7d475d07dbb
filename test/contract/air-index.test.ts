import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAirIndices } from '#state/air-index.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { columnsOf } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { STORE_HARNESSES } from '#test/support/builders/store-harness.ts';

const QUARTER = minutes(15).ms;

describe.for(STORE_HARNESSES.map((make) => make()))('the air index, from $name,', (harness) => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));

  /** A value every quarter of an hour until the morning, for so many hours; those of the given hours are left out. */
  const indexAfter = async (left: number, given: { readonly flag?: 1 | 4; readonly value?: number } = {}) => {
    const store = await harness.start();
    const operations = openSqliteOperations(':memory:');
    await operations.changeRegistry([
      { kind: 'put-station', station: aStation({ family: 'air' }) },
      { kind: 'put-device', device: aDevice({ every: minutes(15) }) },
    ]);
    const { value = 35.45, flag = FLAG.GOOD } = given;
    const readings = Array.from({ length: (24 - left) * 4 }, (_, i) =>
      aReading({ property: 'pm2_5', value, flag, observedAt: MORNING - (i + 1) * QUARTER, receivedAt: MORNING }),
    );
    const batch = { journal: 'j', from: 1, to: readings.length, revised: new Set<number>(), isRepeat: false };
    await store.write({ ...batch, readings: columnsOf(readings.toReversed()) }, never);
    const clock = manualClock(MORNING + minutes(6).ms);
    const indices = startAirIndices({ operations, store, clock, log: silentLog(), signal: never });
    onTestFinished(async () => {
      await indices.stop();
      await operations.stop();
      await store.stop();
    });
    await indices.compute();
    return { indices, clock };
  };

  describe.skipIf(harness.missing !== undefined)(harness.missing ?? 'its category', harness.options, () => {
    beforeAll(() => harness.prepare(folder));
    afterAll(async () => {
      await harness.end();
      rmSync(folder, { recursive: true, force: true });
    });

    test('is that of the mean of the last 24 whole hours, until two hours behind it', async () => {
      const { indices, clock } = await indexAfter(0);
      expect(indices.of('ST1', 'dev-1')).toMatchObject({ index: 75, category: { id: 'moderate' }, until: MORNING });
      await clock.advance(hours(2));
      expect(indices.of('ST1', 'dev-1')).toBeUndefined();
    });

    test('is there with 18 valid hours, and not with 17', async () => {
      expect((await indexAfter(6)).indices.of('ST1', 'dev-1')).toBeDefined();
      expect((await indexAfter(7)).indices.of('ST1', 'dev-1')).toBeUndefined();
    });

    test('counts no failed values', async () => {
      expect((await indexAfter(0, { flag: FLAG.FAIL })).indices.of('ST1', 'dev-1')).toBeUndefined();
    });
  });
});
