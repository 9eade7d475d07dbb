import type { Scenario } from '#firmware-sim/scenario.ts';
import { rainUnder } from '#firmware-sim/signals/rain.ts';
import { hours, minutes } from '#model/base/duration.ts';

/** Time from the start until the storm reaches the northern edge of the regency. */
const BEGINS = minutes(30);
const LASTS = hours(4);
/** mm/h in the heart of the storm at its height. */
const HEIGHT = 55;
/** It comes down over the headwaters of the Klawing. */
const TRACK = 109.34;

/** mm/h in the storm's heart, a time after the start: from nothing to its height and back. */
const heartAt = (elapsedMs: number): number => {
  const share = (elapsedMs - BEGINS.ms) / LASTS.ms;
  return share <= 0 || share >= 1 ? 0 : HEIGHT * Math.sin(Math.PI * share) ** 2;
};

/**
 * A storm of four simulated hours over the upper Klawing, on top of whatever rains. All else follows from it as it
 * always does: gauges, rivers, the air.
 */
export const flood: Scenario = {
  name: 'flood',
  summary: 'a storm over the upper Klawing and the flood that follows, in hours; for use with --speed-up',
  skyOver: (rain, begin) => ({
    skyTime: rain.skyTime,
    rate: (place, at) => {
      const heart = heartAt(rain.skyTime(place, at) - begin);
      return rain.rate(place, at) + rainUnder({ heart, track: TRACK }, place);
    },
  }),
};
