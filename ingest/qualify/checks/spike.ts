import type { SeriesCheck } from '#ingest/qualify/check.ts';
import { days } from '#model/base/duration.ts';
import { type Flag, FLAG } from '#model/readings/flag.ts';
import { spikeFlag } from '#science/quality/spike.ts';

/** A neighbour that is further away is missing. */
const REACH = days(1);

/** Places in the state: the values before, and their number. */
const [COUNT, NEWEST, SECOND] = [0, 1, 2];

/**
 * Spike (QARTOD, differential unless the parameters say otherwise): a value that stands out from both neighbours. It is UNKNOWN
 * until the next value comes.
 */
export const spike: SeriesCheck = {
  name: 'spike',
  width: 3,
  judges: 'value-before',
  of: (_, { spike: parameters }) => {
    if (parameters === undefined || parameters === null) return undefined;
    const thresholds = { method: 'differential', ...parameters } as const;
    return {
      reach: REACH.ms,
      next: (state, _time, value): Flag => {
        const [count = 0, newest = 0, second = 0] = state;
        state[COUNT] = Math.min(count + 1, 2);
        state[NEWEST] = value;
        state[SECOND] = newest;
        return count < 2 ? FLAG.UNKNOWN : spikeFlag(second, newest, value, thresholds);
      },
    };
  },
};
