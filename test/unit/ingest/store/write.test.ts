import { describe, expect, test } from 'vitest';
import type { Classified } from '#ingest/batch.ts';
import type { Classification } from '#storage/operations/storing.ts';
import type { StoreBatch } from '#storage/readings/store.ts';
import { storedOf, writeClassified } from '#ingest/store/write.ts';
import { aReading } from '#test/support/builders/readings.ts';
import { columnsOf, type QualifiedColumns } from '#model/readings/columns.ts';

const RANGE = { journal: 'j', from: 1, to: 9 };
const { signal } = new AbortController();

/** Readings of one key, by value; `superseded` all but the last. */
const ofOneKey = (
  values: readonly number[],
  classifications: Readonly<Record<number, Classification>> = {},
): Classified => ({
  readings: columnsOf(values.map((value, i) => aReading({ value, sequence: i + 1 }))),
  classifications: new Map(
    Object.entries(classifications).map(([position, classification]) => [Number(position), classification]),
  ),
  superseded: new Set(values.slice(0, -1).keys()),
  lookedUp: [],
  isRepeat: false,
  newestTimes: [],
  identified: [],
});

const valuesIn = ({ value }: QualifiedColumns): number[] => [...value];

/** A store that refuses some values, and what it was given. */
const refusing = (...values: readonly number[]) => {
  const written: number[][] = [];
  return {
    written,
    store: {
      write: async ({ readings }: StoreBatch) => {
        const given = valuesIn(readings);
        written.push(given);
        return {
          rejected: given.flatMap((value, index) => (values.includes(value) ? [{ index, reason: 'no' }] : [])),
        };
      },
    },
  };
};

describe('a batch with two values for one time', () => {
  test('brings the later into the store', async () => {
    const { store, written } = refusing();
    expect((await writeClassified(ofOneKey([1, 2]), RANGE, { store, signal })).rejected.size).toBe(0);
    expect(written).toEqual([[2]]);
  });

  test('brings the earlier into the store when the later is refused there', async () => {
    const { store, written } = refusing(3, 2);
    const { rejected } = await writeClassified(ofOneKey([1, 2, 3], { 1: 'revised', 2: 'revised' }), RANGE, {
      store,
      signal,
    });
    expect(written).toEqual([[3], [2], [1]]);
    expect([...rejected.keys()]).toEqual([2, 1]);
  });

  test('leaves duplicates out of it', async () => {
    const { store, written } = refusing(3);
    await writeClassified(ofOneKey([1, 1, 3], { 1: 'duplicate', 2: 'revised' }), RANGE, { store, signal });
    expect(written).toEqual([[3], [1]]);
  });
});

describe('what is stored in the end', () => {
  test('is the later value, and the earlier where the later was refused', async () => {
    const classified = ofOneKey([1, 2, 3], { 1: 'revised', 2: 'revised' });
    for (const [refused, expected] of [
      [[], [3]],
      [[3], [2]],
      [[3, 2], [1]],
      [[3, 2, 1], []],
    ] as const) {
      const stored = await writeClassified(classified, RANGE, { ...refusing(...refused), signal });
      expect(valuesIn(storedOf(classified, stored))).toEqual(expected);
    }
  });

  test('is nothing that was a duplicate, in the order of arrival', async () => {
    const classified = { ...ofOneKey([5, 5, 6, 7], { 1: 'duplicate' }), superseded: new Set<number>() };
    const stored = await writeClassified(classified, RANGE, { ...refusing(6), signal });
    expect(valuesIn(storedOf(classified, stored))).toEqual([5, 7]);
  });
});
