import type { Instant } from '#model/base/instant.ts';
import { HOUR_MS } from '#firmware-sim/calendar.ts';
import type { Mishap } from '#firmware-sim/mishap.ts';
import type { Random } from '#firmware-sim/random.ts';

const OFFSET_SIGMA_MS = 2_000;
/** 20 parts in a million, 1.7 s a day: a common crystal. */
const DRIFT = 20e-6;
const WRONG_ZONE_MS = 7 * HOUR_MS;

/** The device's own clock after a boot: what it shows at a true time. */
const setClock = (random: Random, rate: number, bootedAt: Instant): ((at: Instant) => Instant) => {
  if (random.chance(rate)) {
    return random.chance(0.5) ? (at) => at - bootedAt : (at) => at + WRONG_ZONE_MS;
  }
  const offset = OFFSET_SIGMA_MS * random.gauss();
  const drift = DRIFT * random.gauss();
  return (at) => Math.round(at + offset + drift * (at - bootedAt));
};

/**
 * The clock is a few seconds off and drifts. The rate is how often a boot leaves it badly wrong: started at 1970, or
 * with local time sent as UTC (7 h ahead), until the next boot.
 */
export const clockSkew: Mishap = {
  name: 'clock-skew',
  usualRate: 0.001,
  per: 'boot',
  begin(random, rate) {
    let clock: ((at: Instant) => Instant) | undefined;
    return (report) => {
      if (clock === undefined || report.isAfterBoot) clock = setClock(random, rate, report.at);
      return [{ ...report, time: clock(report.at) }];
    };
  },
};
