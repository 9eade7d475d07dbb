import { MINUTE_MS } from '#firmware-sim/calendar.ts';
import { type Mishap, occurrence } from '#firmware-sim/mishap.ts';

const LOSS_WHEN_GOOD = 0.01;
const LOSS_WHEN_BAD = 0.6;
const MEAN_BAD_STAY_MS = 20 * MINUTE_MS;

/**
 * The sensors do not answer the board, so there is nothing to report: a two-state loss after Gilbert and Elliott, 1 %
 * in good times and 60 % in bad ones, which last 20 min on average. The rate is how often bad times begin.
 */
export const dropOut: Mishap = {
  name: 'drop-out',
  usualRate: 0.3,
  per: 'day',
  begin(random, rate) {
    const begins = occurrence(random, rate);
    let badUntil = Number.NEGATIVE_INFINITY;
    return (report) => {
      if (begins(report.at)) badUntil = report.at - MEAN_BAD_STAY_MS * Math.log(random.next());
      const loss = report.at < badUntil ? LOSS_WHEN_BAD : LOSS_WHEN_GOOD;
      return random.chance(loss) ? [] : [report];
    };
  },
};
