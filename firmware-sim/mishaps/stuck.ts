import { HOUR_MS } from '#firmware-sim/calendar.ts';
import { type Mishap, occurrence } from '#firmware-sim/mishap.ts';

const MEAN_STAY_MS = 6 * HOUR_MS;

/** The headline's sensor hangs and repeats its last value, for 6 h on average (exponential stay). */
export const stuck: Mishap = {
  name: 'stuck',
  usualRate: 0.05,
  per: 'day',
  begin(random, rate, { headline }) {
    const happens = occurrence(random, rate);
    let frozen: { readonly value: number; readonly until: number } | undefined;
    return (report) => {
      const value = report.values.get(headline);
      if (frozen !== undefined && report.at >= frozen.until) frozen = undefined;
      if (frozen === undefined && happens(report.at) && value !== undefined) {
        frozen = { value, until: report.at - MEAN_STAY_MS * Math.log(random.next()) };
      }
      return [
        frozen === undefined ? report : { ...report, values: new Map(report.values).set(headline, frozen.value) },
      ];
    };
  },
};
