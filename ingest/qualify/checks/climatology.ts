import type { SeriesCheck } from '#ingest/qualify/check.ts';
import { type Flag, FLAG, parseFlag } from '#model/readings/flag.ts';
import { climatology as climatologyOf } from '#science/quality/climatology.ts';

const NO_DEPTH = Float64Array.of(Number.NaN);

/** Climatology (QARTOD): a value outside what is expected at its time of the year. A time without an expectation is UNKNOWN. */
export const climatology: SeriesCheck = {
  name: 'climatology',
  width: 0,
  of: (_, { climatology: members }) => {
    if (members === undefined || members === null) return undefined;
    return {
      reach: 0,
      next: (_state, time, value): Flag => {
        const [flag] = climatologyOf(Float64Array.of(value), Float64Array.of(time / 1_000), NO_DEPTH, members);
        return parseFlag(flag ?? 0) ?? FLAG.UNKNOWN;
      },
    };
  },
};
