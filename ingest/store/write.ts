import type { Classified, Stored } from '#ingest/batch.ts';
import { keyOf, type Store } from '#storage/readings/store.ts';
import type { Qualified } from '#model/readings/reading.ts';

/** What of classified readings goes into the store. */
export interface Writes {
  readonly readings: readonly Qualified[];
  /** Position in `Judged.readings` of each. */
  readonly positions: readonly number[];
  /** Which of `readings` replace a value that the store holds. */
  readonly revised: ReadonlySet<number>;
}

/** No duplicates, and of values that replace each other only the last. */
const writesOf = ({ readings, classifications, superseded }: Classified): Writes => {
  if (classifications.size === 0 && superseded.size === 0) {
    return { readings, positions: readings.map((_, position) => position), revised: new Set() };
  }
  const positions = readings.flatMap((_, position) =>
    classifications.get(position) === 'duplicate' || superseded.has(position) ? [] : [position],
  );
  return {
    positions,
    readings: positions.flatMap((position) => readings[position] ?? []),
    revised: new Set(positions.flatMap((position, i) => (classifications.get(position) === 'revised' ? [i] : []))),
  };
};

/** Where a write belongs: the numbers that its rows are found by when it has to be repeated. */
export interface SequenceRange {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
}

/** Positions that come into their own because what was to replace them is refused: of each key the last that is not. */
const promoted = (
  { readings, classifications, superseded }: Classified,
  rejected: ReadonlyMap<number, string>,
): readonly number[] => {
  const keys = new Map(
    [...rejected.keys()].flatMap((position) => {
      const reading = readings[position];
      return reading === undefined ? [] : [[keyOf(reading), position] as const];
    }),
  );
  const last = new Map<string, number>();
  for (const position of superseded) {
    const reading = readings[position];
    if (reading === undefined || rejected.has(position) || classifications.get(position) === 'duplicate') continue;
    const key = keyOf(reading);
    if (keys.has(key) && position > (last.get(key) ?? -1)) last.set(key, position);
  }
  return [...last.values()].toSorted((a, b) => a - b);
};

/** What of classified readings is in the store once they are written: nothing that it refused, and what came into its own for that. */
export const storedOf = (classified: Classified, { rejected }: Stored): readonly Qualified[] => {
  const { readings, positions } = writesOf(classified);
  if (rejected.size === 0) return readings;
  const kept = [...positions.filter((position) => !rejected.has(position)), ...promoted(classified, rejected)];
  return kept.toSorted((a, b) => a - b).flatMap((position) => classified.readings[position] ?? []);
};

/**
 * Writes classified readings. Where the store refuses a value for good that had replaced an earlier one of the same batch,
 * the earlier one is written after all.
 */
export const writeClassified = async (
  classified: Classified,
  range: SequenceRange,
  { store, signal }: { readonly store: Pick<Store, 'write'>; readonly signal: AbortSignal },
): Promise<Stored> => {
  const { readings, positions, revised } = writesOf(classified);
  const rejected = new Map<number, string>();
  // a repeat may have nothing left to write and still rows to take back: what was classified then is refused now
  if (readings.length === 0 && !classified.isRepeat) return { rejected };
  const first = await store.write({ ...range, readings, revised, isRepeat: classified.isRepeat }, signal);
  for (const { index, reason } of first.rejected) rejected.set(positions[index] ?? index, reason);
  const tried = new Set<number>();
  for (;;) {
    const next = rejected.size === 0 ? [] : promoted(classified, rejected).filter((position) => !tried.has(position));
    if (next.length === 0) return { rejected };
    const more = next.flatMap((position) => classified.readings[position] ?? []);
    const again = new Set(
      next.flatMap((position, i) => (classified.classifications.get(position) === 'revised' ? [i] : [])),
    );
    const outcome = await store.write({ ...range, readings: more, revised: again, isRepeat: false }, signal);
    for (const position of next) tried.add(position);
    for (const { index, reason } of outcome.rejected) rejected.set(next[index] ?? index, reason);
  }
};
