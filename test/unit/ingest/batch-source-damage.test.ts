import { expect, test } from 'vitest';
import { makeBatchSource } from '#ingest/batch-source.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import type { Registry } from '#model/registry/registry.ts';
import { flipAt, framesBehind } from '#test/support/builders/frames.ts';
import { fillSlowly, JOURNALS, startWriter } from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const EMPTY: Registry = {
  revision: 1,
  stations: new Map(),
  devices: new Map(),
  gateways: new Map(),
  profiles: new Map(),
};

test('an interrupted run is repeated to its end and no further, where bytes in it are damaged', async () => {
  const [kind] = JOURNALS;
  if (kind === undefined) throw new Error('there is no journal');
  const folder = tempFolder();
  await fillSlowly(await startWriter(kind, folder), 1, 20);
  for (const { path, offset, sequence } of framesBehind(folder, { segment: 1, offset: 0 }, 20)) {
    if (sequence === 4 || sequence === 7) flipAt(path, offset + 40, 1);
  }
  const clock = manualClock();
  const reader = await openJournalReader(folder, { clock });
  const told: number[] = [];
  const source = makeBatchSource({
    reader,
    untilGrown: async () => undefined,
    clock,
    registry: () => EMPTY,
    onDamaged: ({ from }) => told.push(from),
  });
  const never = new AbortController().signal;
  const batch = await source.next('storing', 0, never, { to: 10, registry: undefined });
  expect(batch?.to).toBe(10);
  expect(batch?.entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 5, 6, 8, 9, 10]);
  expect(told).toEqual([4, 7]);
  const next = await source.next('storing', 10, never);
  expect(next?.entries.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});
