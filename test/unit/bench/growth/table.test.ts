import { expect, test } from 'vitest';
import { forgetOldestDay, MADE_SPAN, makeRows, rowsWithRoom, sizeOfTable } from '#bench/growth/table.ts';
import { systemClock } from '#model/base/clock.ts';
import { days } from '#model/base/duration.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { aBatch, aReading, MORNING, never, rowsOf } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const openStore = (folder: string) =>
  startStore(StoreSettings.parse({ kind: 'duckdb' }), { folder, clock: systemClock, log: silentLog() });

test('rows are made for each series over a year, are read as readings, and leave as the retention removes them', async () => {
  const folder = tempFolder();
  const store = await openStore(folder);
  await store.write(aBatch([aReading({ device: 'a' }), aReading({ device: 'b' })]), never);
  await store.stop();
  await makeRows(folder, { rows: 730, until: MORNING - days(1).ms, say: () => undefined });
  // a later call adds to the made rows
  await makeRows(folder, { rows: 1_460, until: MORNING - days(1).ms, say: () => undefined });
  expect(await sizeOfTable(folder)).toMatchObject({ rows: 1_462 });
  const again = await openStore(folder);
  const [from, to] = [MORNING - MADE_SPAN.ms - days(2).ms, MORNING - days(0.5).ms];
  const found = await rowsOf(again, { from, to });
  await again.stop();
  expect(found).toHaveLength(1_460);
  expect(new Set(found.map(({ device }) => device))).toEqual(new Set(['a', 'b']));
  const times = found.map(({ observedAt }) => observedAt);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(MADE_SPAN.ms - days(2).ms);
  const { rows } = await forgetOldestDay(folder, () => performance.now());
  expect(rows).toBeGreaterThan(0);
  expect(await sizeOfTable(folder)).toMatchObject({ rows: 1_462 - rows });
});

test('a disk has room for a bounded number of rows', () => {
  expect(Number.isFinite(rowsWithRoom(tempFolder()))).toBe(true);
});
