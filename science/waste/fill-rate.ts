import { type TheilSen, theilSen } from '#science/statistics/theil-sen.ts';
import { type TimeToLevel, timeToLevel } from '#science/statistics/time-to-level.ts';
import { currentCycle, type FillSample } from './emptyings.ts';

const HOUR = 3_600_000;

export interface FillRateSettings {
  readonly fewestSamples: number;
  readonly leastSpanHours: number;
  /** % per hour; a slower filling is noise. */
  readonly noiseFloor: number;
  /** A level that is further away than this is not forecast. */
  readonly horizonHours: number;
}

export const FILL_RATE_SETTINGS: FillRateSettings = {
  fewestSamples: 3,
  leastSpanHours: 3,
  noiseFloor: 0.05,
  horizonHours: 14 * 24,
};

/** The fill from which a bin counts as full, %. */
export const FULL = 80;

/** The slope is taken of at most this many samples, evenly chosen, as its cost grows with their square. */
const MOST_SAMPLES = 200;

const thinOut = (samples: readonly FillSample[]): readonly FillSample[] => {
  const step = (samples.length - 1) / (MOST_SAMPLES - 1);
  if (step <= 1) return samples;
  return Array.from({ length: MOST_SAMPLES }, (_, i) => samples[Math.round(i * step)]).filter(
    (one) => one !== undefined,
  );
};

/**
 * Rate at which a bin fills, % per hour, with Sen's interval of 95 %: the Theil–Sen slope over the current cycle.
 * @param samples in order of time, without false echoes
 * @returns undefined where the cycle has too few samples or spans too little time
 */
export const fillRate = (
  samples: readonly FillSample[],
  settings: FillRateSettings = FILL_RATE_SETTINGS,
): TheilSen | undefined => {
  const cycle = currentCycle(samples);
  const [first, last] = [cycle.at(0), cycle.at(-1)];
  if (first === undefined || last === undefined || cycle.length < settings.fewestSamples) return undefined;
  if (last.at - first.at < settings.leastSpanHours * HOUR) return undefined;
  return theilSen(thinOut(cycle).map(({ at, fill }) => ({ x: (at - last.at) / HOUR, y: fill })));
};

export type NoFillForecast = 'full' | 'too-few-samples' | 'not-filling' | 'beyond-horizon';

export type FillForecast =
  | { readonly kind: 'forecast'; readonly rate: number; readonly hours: TimeToLevel }
  | { readonly kind: 'none'; readonly reason: NoFillForecast; readonly rate: number | undefined };

const none = (reason: NoFillForecast, rate: number | undefined): FillForecast => ({ kind: 'none', reason, rate });

/**
 * Hours until a bin is full if it goes on filling as in this cycle: `(level − fill) / rate`, with bounds from the ends
 * of Sen's interval; fewer than five samples give none. The horizon limits the expected time, not the bounds.
 */
export const timeToFull = (
  samples: readonly FillSample[],
  level: number = FULL,
  settings: FillRateSettings = FILL_RATE_SETTINGS,
): FillForecast => {
  const last = samples.at(-1);
  if (last === undefined) return none('too-few-samples', undefined);
  const rate = fillRate(samples, settings);
  if (last.fill >= level) return none('full', rate?.slope);
  if (rate === undefined) return none('too-few-samples', undefined);
  const { slope, covers } = rate;
  const bounds = { lower: covers ? rate.lower : undefined, upper: covers ? rate.upper : undefined };
  const hours = timeToLevel(level - last.fill, { slope, ...bounds }, settings.noiseFloor);
  if (hours === undefined) return none('not-filling', slope);
  return hours.expected > settings.horizonHours
    ? none('beyond-horizon', slope)
    : { kind: 'forecast', rate: slope, hours };
};
