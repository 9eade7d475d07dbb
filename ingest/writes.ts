import type { Judged } from './batch.ts';
import type { Qualified } from '#model/reading.ts';

/** What of judged readings goes into the store. */
export interface Writes {
  readonly readings: readonly Qualified[];
  /** Position in `Judged.readings` of each. */
  readonly positions: readonly number[];
  /** Which of `readings` replace a value that the store holds. */
  readonly revised: ReadonlySet<number>;
}

/** No duplicates, and of values that replace each other only the last. */
export const writesOf = ({ readings, verdicts, superseded }: Judged): Writes => {
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
