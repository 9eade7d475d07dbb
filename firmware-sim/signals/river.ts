import { type Duration, hours, milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { DAY_MS, type Monthly, seasonal } from '#firmware-sim/calendar.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { type RainPlace, type Rain, SLOT_MS } from './rain.ts';
import { type Rating, stageAt } from './rating.ts';
import { createCascade } from './reservoir.ts';

/** The catchment of a gauge, and the flow of its water down to the gauge. */
export interface Basin {
  readonly areaKm2: number;
  /** Centre of the rain of the catchment. */
  readonly centre: RainPlace;
  /** Storage of each of the three reservoirs in a row: small and steep basins answer fast. */
  readonly storage: Duration;
  /** Travel time down the river to the gauge: distance at 2 m/s. */
  readonly lag: Duration;
  readonly rating: Rating;
}

export interface River {
  /** m³/s */
  discharge(at: Instant): number;
  /** m above gauge zero */
  stage(at: Instant): number;
}

/** Share of the rain that runs off at once, and that seeps out over days; the rest evaporates. */
const QUICK_SHARE = 0.35;
const SLOW_SHARE = 0.25;
const SLOW_STORAGE = hours(60);
const RUN_UP_DAYS = 12;
const SLOTS_A_DAY = DAY_MS / SLOT_MS;
/** m³/s from each km² when it has not rained for long. */
const BASE_YIELD: Monthly = [0.035, 0.037, 0.036, 0.033, 0.028, 0.022, 0.018, 0.015, 0.014, 0.017, 0.024, 0.031];
/** One mm/h on one km², in m³/s. */
const RUNOFF = 1 / 3.6;

export const createRiver = (rain: Rain, basin: Basin): River => {
  const step = milliseconds(SLOT_MS);
  const day = createChunks((index) => {
    const first = (index - RUN_UP_DAYS) * SLOTS_A_DAY;
    const quick = createCascade(3, basin.storage, step);
    const slow = createCascade(1, SLOW_STORAGE, step);
    const flow = new Float64Array(SLOTS_A_DAY + 1);
    for (let n = first; n <= first + (RUN_UP_DAYS + 1) * SLOTS_A_DAY; n += 1) {
      const inflow = rain.rate(basin.centre, n * SLOT_MS) * basin.areaKm2 * RUNOFF;
      const q = quick(inflow * QUICK_SHARE) + slow(inflow * SLOW_SHARE);
      const slot = n - first - RUN_UP_DAYS * SLOTS_A_DAY;
      if (slot >= 0) flow[slot] = q;
    }
    return flow;
  }, 2);
  const discharge = (at: Instant): number => {
    const time = at - basin.lag.ms;
    const index = Math.floor(time / DAY_MS);
    const position = (time - index * DAY_MS) / SLOT_MS;
    const slot = Math.floor(position);
    const flow = day(index);
    const [from, to] = [flow[slot] ?? 0, flow[slot + 1] ?? 0];
    return basin.areaKm2 * seasonal(BASE_YIELD, time) + from + (to - from) * (position - slot);
  };
  return { discharge, stage: (at) => stageAt(basin.rating, discharge(at)) };
};
