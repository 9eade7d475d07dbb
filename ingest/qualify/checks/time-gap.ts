import type { SeriesCheck } from '#ingest/qualify/check.ts';
import { FLAG } from '#model/readings/flag.ts';

/**
 * Time gap (QARTOD): a value that comes more than the span after the one before. It is SUSPECT and not FAIL: the value itself
 * may be right. The first value of a series is UNKNOWN.
 */
export const timeGap: SeriesCheck = {
  name: 'time-gap',
  width: 0,
  of: (_, { 'time-gap': parameters }) => {
    if (parameters === undefined || parameters === null) return undefined;
    const { ms } = parameters.span;
    return {
      reach: ms,
      next: (_state, time, _value, before) => {
        if (Number.isNaN(before)) return FLAG.UNKNOWN;
        return time - before > ms ? FLAG.SUSPECT : FLAG.GOOD;
      },
    };
  },
};
