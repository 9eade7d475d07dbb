import type { Classified, Stored } from '#ingest/batch.ts';
import { keyOf, type Requalified, type Store } from '#storage/readings/store.ts';
import { type QualifiedColumns, selectRows, seriesAt } from '#model/readings/columns.ts';

/** The part of classified readings that goes into the store. */
interface Writes {
  readonly readings: QualifiedColumns;
  /** Position in `Classified.readings` of each; undefined where all of them are written. */
  readonly positions: readonly number[] | undefined;
  /** Which of `readings` replace a value that the store holds. */
  readonly revised: ReadonlySet<number>;
}

/** Readings to write: duplicates are left out, and among values that replace each other all but the last. */
const writesOf = ({ readings, classifications, superseded }: Classified): Writes => {
  if (classifications.size === 0 && superseded.size === 0) {
    return { readings, positions: undefined, revised: new Set() };
  }
  const positions: number[] = [];
  const revised = new Set<number>();
  for (let position = 0; position < readings.length; position += 1) {
    const classification = classifications.get(position);
    if (classification === 'duplicate' || superseded.has(position)) continue;
    if (classification === 'revised') revised.add(positions.length);
    positions.push(position);
  }
  return { positions, readings: selectRows(readings, positions), revised };
};

/** Journal entries of a write. Its rows are found by these numbers when it has to be repeated. */
export interface SequenceRange {
  readonly journal: string;
  readonly from: number;
  readonly to: number;
  /** Stored values whose flags change with this write. */
  readonly requalified?: readonly Requalified[];
}

const keyAt = (readings: QualifiedColumns, position: number): string => {
  const { device, property } = seriesAt(readings, position);
  return keyOf({ device, property, observedAt: readings.observedAt[position] ?? 0 });
};

/** Superseded positions that are written after all, as the store refused their successors: of each key the last. */
const promoted = (
  { readings, classifications, superseded }: Classified,
  rejected: ReadonlyMap<number, string>,
): readonly number[] => {
  const keys = new Set(Array.from(rejected.keys(), (position) => keyAt(readings, position)));
  const last = new Map<string, number>();
  for (const position of superseded) {
    if (rejected.has(position) || classifications.get(position) === 'duplicate') continue;
    const key = keyAt(readings, position);
    if (keys.has(key) && position > (last.get(key) ?? -1)) last.set(key, position);
  }
  return [...last.values()].toSorted((a, b) => a - b);
};

/** The readings that are in the store after a write: those that it did not refuse, and the promoted ones. */
export const storedOf = (classified: Classified, { rejected }: Stored): QualifiedColumns => {
  const { readings, positions } = writesOf(classified);
  if (rejected.size === 0) return readings;
  const written = positions ?? Array.from({ length: readings.length }, (_, position) => position);
  const kept = [...written.filter((position) => !rejected.has(position)), ...promoted(classified, rejected)];
  return selectRows(
    classified.readings,
    kept.toSorted((a, b) => a - b),
  );
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
  for (const { index, reason } of first.rejected) rejected.set(positions?.[index] ?? index, reason);
  const tried = new Set<number>();
  for (;;) {
    const next = rejected.size === 0 ? [] : promoted(classified, rejected).filter((position) => !tried.has(position));
    if (next.length === 0) return { rejected };
    const more = selectRows(classified.readings, next);
    const again = new Set(
      next.flatMap((position, i) => (classified.classifications.get(position) === 'revised' ? [i] : [])),
    );
    const outcome = await store.write({ ...range, readings: more, revised: again, isRepeat: false }, signal);
    for (const position of next) tried.add(position);
    for (const { index, reason } of outcome.rejected) rejected.set(next[index] ?? index, reason);
  }
};
