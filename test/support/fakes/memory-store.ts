import {
  type ReadingKey,
  type Requalified,
  type Store,
  type StoreBatch,
  type StoreOutcome,
  keyOf,
} from '#storage/readings/store.ts';
import { Fault } from '#model/base/fault.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { readingsIn } from '#model/readings/columns.ts';

interface Row {
  readonly reading: Qualified;
  readonly sequence: number;
}

/** Where a write is cut off: before anything of it is there, when all of it is, or not at all. */
export type Cut = 'before' | 'after' | 'none';

/**
 * A store in memory that behaves as DuckDB's does (append, delete the range on a repeat, delete what is revised) or as
 * InfluxDB's (the same point is overwritten), and can be cut off.
 */
export interface MemoryStore extends Pick<Store, 'name' | 'write' | 'requalify' | 'lookUp'> {
  cut: Cut;
  rows(): readonly Qualified[];
}

export const memoryStore = (kind: 'appends' | 'overwrites'): MemoryStore => {
  let rows: Row[] = [];

  const requalify = (changed: readonly Requalified[]): void => {
    const flags = new Map(changed.map((one) => [keyOf(one), { flag: one.flag, tests: one.tests }]));
    rows = rows.map((row) => ({ ...row, reading: { ...row.reading, ...flags.get(keyOf(row.reading)) } }));
  };

  const apply = ({ from, to, revised, isRepeat, requalified = [], ...batch }: StoreBatch): void => {
    const readings = readingsIn(batch.readings);
    if (kind === 'overwrites') {
      const written = new Set(readings.map(keyOf));
      rows = rows.filter((row) => !written.has(keyOf(row.reading)));
    } else {
      if (isRepeat) rows = rows.filter(({ sequence }) => sequence < from || sequence > to);
      const replaced = new Set([...revised].flatMap((i) => readings[i] ?? []).map(keyOf));
      rows = rows.filter((row) => !replaced.has(keyOf(row.reading)));
    }
    rows.push(...readings.map((reading) => ({ reading, sequence: reading.sequence })));
    requalify(requalified);
  };

  const store: MemoryStore = {
    name: kind,
    cut: 'none',
    rows: () => rows.map(({ reading }) => reading),
    write: async (batch): Promise<StoreOutcome> => {
      if (store.cut === 'before') throw new Fault('STORE_UNREACHABLE', 'cut', { retry: true });
      apply(batch);
      if (store.cut === 'after') throw new Fault('STORE_UNREACHABLE', 'cut', { retry: true });
      return { rejected: [] };
    },
    requalify: async (changed) => requalify(changed),
    lookUp: async (keys: readonly ReadingKey[]) => {
      const asked = new Set(keys.map(keyOf));
      return new Map(
        rows.flatMap(({ reading }) =>
          asked.has(keyOf(reading)) ? [[keyOf(reading), { value: reading.value, timedBy: reading.timedBy }]] : [],
        ),
      );
    },
  };
  return store;
};

/** The same as a whole store, for who is asked for nothing else. */
export const wholeStore = (store: MemoryStore): Store => ({
  ...store,
  read: () => {
    throw new Error('not asked for here');
  },
  aggregate: () => Promise.reject(new Error('not asked for here')),
  count: () => {
    throw new Error('not asked for here');
  },
  check: () => Promise.resolve(),
  stop: () => Promise.resolve(),
});
