import type { SeriesCheck } from '#ingest/qualify/check.ts';
import { FlatSpan } from '#ingest/qualify/flat-span.ts';
import { FLAG } from '#model/readings/flag.ts';

/**
 * Flat line (QARTOD): the range of the values has been strictly below the tolerance for so long. A gap that is longer than the
 * span for SUSPECT begins a new span.
 */
export const flatLine: SeriesCheck = {
  name: 'flat-line',
  width: FlatSpan.WIDTH,
  of: (_, { 'flat-line': parameters }) => {
    if (parameters === undefined || parameters === null) return undefined;
    const suspect = parameters.suspect.ms;
    const fail = parameters.fail?.ms ?? Number.POSITIVE_INFINITY;
    const span = new FlatSpan(parameters.tolerance);
    return {
      reach: suspect + (parameters.fail?.ms ?? suspect),
      next: (state, time, value, before) => {
        const lasts = time - before <= suspect ? span.lengthen(state, time, value) : span.begin(state, time, value);
        if (lasts >= fail) return FLAG.FAIL;
        return lasts >= suspect ? FLAG.SUSPECT : FLAG.GOOD;
      },
    };
  },
};
