import type { Judged, Stored } from '#ingest/batch.ts';
import { keyOf, type Store } from '#storage/readings/store.ts';
import type { Qualified } from '#model/readings/reading.ts';

/** What of judged readings goes into the store. */
export interface Writes {
  readonly readings: readonly Qualified[];
  /** Position in `Judged.readings` of each. */
  readonly positions: readonly number[];
  /** Which of `readings` replace a value that the store holds. */
  readonly revised: ReadonlySet<number>;
}

/** No duplicates, and of values that replace each other only the last. */
const writesOf = ({ readings, verdicts, superseded }: Judged): Writes => {
  if (verdicts.size === 0 && superseded.size === 0) {
    return { readings, positions: readings.map((_, position) => position), revised: new Set() };
  }
  const positions = readings.flatMap((_, position) =>
    verdicts.get(position) === 'duplicate' || superseded.has(position) ? [] : [position],
  );
  return {
    positions,
    readings: positions.flatMap((position) => readings[position] ?? []),
    revised: new Set(positions.flatMap((position, i) => (verdicts.get(position) === 'revised' ? [i] : []))),
  };
};

/** Where a write belongs: the numbers that its rows are found by when it has to be repeated. */
export interface Range {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
}

/** Positions that come into their own because what was to replace them is refused: of each key the last that is not. */
const promoted = (
  { readings, verdicts, superseded }: Judged,
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
    if (reading === undefined || rejected.has(position) || verdicts.get(position) === 'duplicate') continue;
    const key = keyOf(reading);
    if (keys.has(key) && position > (last.get(key) ?? -1)) last.set(key, position);
  }
  return [...last.values()].toSorted((a, b) => a - b);
};

/** What of judged readings is in the store once they are written: nothing that it refused, and what came into its own for that. */
export const storedOf = (judged: Judged, { rejected }: Stored): readonly Qualified[] => {
  const { readings, positions } = writesOf(judged);
  if (rejected.size === 0) return readings;
  const kept = [...positions.filter((position) => !rejected.has(position)), ...promoted(judged, rejected)];
  return kept.toSorted((a, b) => a - b).flatMap((position) => judged.readings[position] ?? []);
};

/**
 * Writes judged readings. Where the store refuses a value for good that had replaced an earlier one of the same batch,
 * the earlier one is written after all.
 */
export const writeJudged = async (
  judged: Judged,
  range: Range,
  { store, signal }: { readonly store: Pick<Store, 'write'>; readonly signal: AbortSignal },
): Promise<Stored> => {
  const { readings, positions, revised } = writesOf(judged);
  const rejected = new Map<number, string>();
  // a repeat may have nothing left to write and still rows to take back: what was judged then is refused now
  if (readings.length === 0 && !judged.isRepeat) return { rejected };
  const first = await store.write({ ...range, readings, revised, isRepeat: judged.isRepeat }, signal);
  for (const { index, reason } of first.rejected) rejected.set(positions[index] ?? index, reason);
  const tried = new Set<number>();
  for (;;) {
    const next = rejected.size === 0 ? [] : promoted(judged, rejected).filter((position) => !tried.has(position));
    if (next.length === 0) return { rejected };
    const more = next.flatMap((position) => judged.readings[position] ?? []);
    const again = new Set(next.flatMap((position, i) => (judged.verdicts.get(position) === 'revised' ? [i] : [])));
    const outcome = await store.write({ ...range, readings: more, revised: again, isRepeat: false }, signal);
    for (const position of next) tried.add(position);
    for (const { index, reason } of outcome.rejected) rejected.set(next[index] ?? index, reason);
  }
};
