import type { Scenario } from '#firmware-sim/scenario.ts';
import { minutes } from '#model/base/duration.ts';

const EVERY = minutes(10);
const BEGINS = minutes(1);
const ENDS = minutes(3);
/** One device in so many. */
const ONE_IN = 3;

/**
 * Every third device of the fleet loses its network for two minutes, a minute after the start and every ten minutes
 * from then on. It goes on reading, and sends its backlog in arrays when it is back.
 */
export const outage: Scenario = {
  name: 'outage',
  summary: 'a third of the fleet loses its network for two minutes, then sends its backlog',
  isCutOff: ({ number, seed }, elapsed) => {
    const within = elapsed.ms % EVERY.ms;
    return (number + seed) % ONE_IN === 0 && within >= BEGINS.ms && within < ENDS.ms;
  },
};
