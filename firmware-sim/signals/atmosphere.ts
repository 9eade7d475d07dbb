import { hours } from '#model/base/duration.ts';
import type { Signal } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { localHour } from '#firmware-sim/calendar.ts';
import { keyOf } from '#firmware-sim/random.ts';
import { createDrift } from './drift.ts';
import type { Gauge } from './gauge.ts';

/** Height of the town: the families' signals are meant for it, m. */
export const TOWN_ELEVATION = 60;
const LAPSE_PER_M = 0.0065;

/** Pressure of the standard atmosphere at a height, hPa. */
export const standardPressure = (elevation: number): number => 1013.25 * (1 - 2.25577e-5 * elevation) ** 5.25588;

/** The part of a signal that the hour makes, in the property's unit. */
export const dailySwing = ({ daily = 0, peakHour = 12 }: Signal, at: Instant): number =>
  daily === 0 ? 0 : daily * Math.cos((2 * Math.PI * (localHour(at) - peakHour)) / 24);

/** The weather at a station: warm afternoons, humid nights, cooler and more humid after rain. */
export interface Atmosphere {
  temperature(signal: Signal, at: Instant): number;
  relativeHumidity(signal: Signal, at: Instant): number;
  pressure(signal: Signal, at: Instant): number;
}

export const createAtmosphere = (seed: number, station: string, elevation: number, gauge: Gauge): Atmosphere => {
  const warmth = createDrift(keyOf(seed, station, 'warmth'), { step: hours(1), rho: 0.95, sigma: 0.8 });
  // one pressure field lies over the whole regency
  const synoptic = createDrift(keyOf(seed, 'pressure'), { step: hours(1), rho: 0.98, sigma: 1.2 });
  const above = elevation - TOWN_ELEVATION;
  /** 0 when it has been dry for an hour, towards 1 in heavy rain. */
  const wetness = (at: Instant): number => 1 - Math.exp(-gauge.lastHour(at) / 4);
  return {
    temperature: (signal, at) =>
      signal.mean - LAPSE_PER_M * above + dailySwing(signal, at) + warmth(at) - 3 * wetness(at),
    relativeHumidity: (signal, at) => {
      const dry = signal.mean + dailySwing(signal, at) - 3 * warmth(at) + above * 0.005;
      return Math.min(100, Math.max(20, dry + (98 - dry) * wetness(at)));
    },
    // the air tide of the tropics peaks twice a day, at 10 and 22 h
    pressure: (signal, at) =>
      standardPressure(elevation) +
      (signal.daily ?? 0) * Math.cos((4 * Math.PI * (localHour(at) - 10)) / 24) +
      synoptic(at),
  };
};
