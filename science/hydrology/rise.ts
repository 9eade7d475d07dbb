import { type TheilSen, theilSen } from '#science/statistics/theil-sen.ts';
import { type TimeToLevel, timeToLevel } from '#science/statistics/time-to-level.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface StageSample {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  /** m above the gauge zero. */
  readonly stage: number;
}

export interface RiseSettings {
  readonly windowMinutes: number;
  readonly fewestSamples: number;
  /** Least time between the first and the last sample of a window. */
  readonly leastSpanMinutes: number;
  /** m/h; a slower rise is noise. */
  readonly noiseFloor: number;
  /** A threshold that is further away than this is not forecast. */
  readonly horizonHours: number;
}

export const RISE_SETTINGS: RiseSettings = {
  windowMinutes: 30,
  fewestSamples: 5,
  leastSpanMinutes: 15,
  noiseFloor: 0.05,
  horizonHours: 6,
};

/** The valid samples of the window that ends at a time, both ends included, in order of time. */
const windowUntil = (samples: readonly StageSample[], end: number, minutes: number): readonly StageSample[] =>
  samples
    .filter(({ at, stage }) => Number.isFinite(stage) && at <= end && at >= end - minutes * MINUTE)
    .toSorted((a, b) => a.at - b.at);

const newestTime = (samples: readonly StageSample[]): number =>
  samples.reduce((newest, { at, stage }) => (Number.isFinite(stage) ? Math.max(newest, at) : newest), -Infinity);

/**
 * Rate at which a river rises, m/h, with Sen's interval of 95 %: the Theil–Sen slope over the window that ends at the
 * newest valid sample, so that single false echoes do not move it. A falling river has a negative rate.
 * @param samples in any order; a stage that is not a finite number is missing
 * @param end ms; samples after it do not count
 * @returns undefined where the window has too few samples or spans too little time
 */
export const riseRate = (
  samples: readonly StageSample[],
  settings: RiseSettings = RISE_SETTINGS,
  end: number = newestTime(samples),
): TheilSen | undefined => {
  const window = windowUntil(samples, end, settings.windowMinutes);
  const [first, last] = [window.at(0), window.at(-1)];
  if (first === undefined || last === undefined || window.length < settings.fewestSamples) return undefined;
  if (last.at - first.at < settings.leastSpanMinutes * MINUTE) return undefined;
  return theilSen(window.map(({ at, stage }) => ({ x: (at - last.at) / HOUR, y: stage })));
};

export type NoForecast =
  /** The stage is at the threshold or above it. */
  | 'reached'
  /** One of the last two windows has too few samples. */
  | 'too-few-samples'
  /** The river falls, or rises more slowly than the noise floor. */
  | 'not-rising'
  /** The window that ends one sample earlier does not rise. */
  | 'not-confirmed'
  /** The threshold is further away than the horizon. */
  | 'beyond-horizon';

export type StageForecast =
  | { readonly kind: 'forecast'; readonly rate: number; readonly hours: TimeToLevel }
  | { readonly kind: 'none'; readonly reason: NoForecast; readonly rate: number | undefined };

const none = (reason: NoForecast, rate: number | undefined): StageForecast => ({ kind: 'none', reason, rate });

/** True where the river also rose in the window that ended one sample earlier; undefined where that has too few samples. */
const roseBefore = (samples: readonly StageSample[], newest: number, settings: RiseSettings): boolean | undefined => {
  const before = newestTime(samples.filter(({ at }) => at < newest));
  const rate = riseRate(samples, settings, before);
  return rate === undefined ? undefined : rate.slope > 0;
};

/**
 * Time until the stage reaches a threshold if the river goes on rising as it does: `(threshold − stage) / rate`, with
 * an early and a late bound from the ends of Sen's interval. A bound may be absent: "no bound" is an answer. The
 * horizon limits the expected time, not the bounds.
 * @param threshold m above the gauge zero
 */
export const timeToThreshold = (
  samples: readonly StageSample[],
  threshold: number,
  settings: RiseSettings = RISE_SETTINGS,
): StageForecast => {
  const newest = newestTime(samples);
  const last = samples.find(({ at, stage }) => at === newest && Number.isFinite(stage));
  if (last === undefined) return none('too-few-samples', undefined);
  const rate = riseRate(samples, settings);
  if (last.stage >= threshold) return none('reached', rate?.slope);
  if (rate === undefined) return none('too-few-samples', undefined);
  const { slope, covers } = rate;
  const bounds = { lower: covers ? rate.lower : undefined, upper: covers ? rate.upper : undefined };
  const hours = timeToLevel(threshold - last.stage, { slope, ...bounds }, settings.noiseFloor);
  if (hours === undefined) return none('not-rising', slope);
  const confirmed = roseBefore(samples, newest, settings);
  if (confirmed === undefined) return none('too-few-samples', slope);
  if (!confirmed) return none('not-confirmed', slope);
  return hours.expected > settings.horizonHours
    ? none('beyond-horizon', slope)
    : { kind: 'forecast', rate: slope, hours };
};
