import { hours, minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { DAY_MS, HOUR_MS, type Monthly, localHour, seasonal } from '#firmware-sim/calendar.ts';
import { keyOf, uniform } from '#firmware-sim/random.ts';
import { createDrift } from './drift.ts';
import type { Gauge } from './gauge.ts';

/** Mean PM2.5 by the kind of place (station attribute `site`), µg/m³. */
export const SITE_LEVEL = { urban: 28, traffic: 38, industry: 35, background: 9 } as const;

/** More in the dry season, less in the wet one. */
const SEASON: Monthly = [0.75, 0.75, 0.75, 1, 1, 1.3, 1.3, 1.3, 1.3, 1.3, 1, 0.75];

const dayShape = (hour: number): number =>
  Math.exp(0.35 * Math.cos((2 * Math.PI * (hour - 5.5)) / 24) + 0.2 * Math.cos((4 * Math.PI * (hour - 7)) / 24));
const DAY_MEAN = Array.from({ length: 288 }, (_, i) => dayShape(i / 12)).reduce((a, b) => a + b, 0) / 288;

/** Factor of PM2.5 by the hour: high before and at dawn, low in the afternoon, 1 on average. */
export const hourFactor = (hour: number): number => dayShape(hour) / DAY_MEAN;

/** Share of the particles that rain leaves, by mm in the last hour; at least 0.4. */
export const washout = (mmLastHour: number): number => Math.max(0.4, Math.exp(-0.03 * mmLastHour));

/**
 * The factor by which an optical counter over-reads in damp air (κ-Köhler): `1 + (κ/1.65)/(1/a − 1)` with `a = RH/100`, RH no
 * more than 95.
 * @param kappa 0.15–0.29 for ambient PM2.5 in an unheated inlet
 */
export const humidityGrowth = (relativeHumidity: number, kappa: number): number => {
  const activity = Math.min(95, Math.max(1, relativeHumidity)) / 100;
  return 1 + kappa / 1.65 / (1 / activity - 1);
};

/** An inlet that is a few degrees warmer than the air: little of the growth is left. */
const INLET_KAPPA = 0.05;

const SMOKE_BLOCK_MS = 10 * DAY_MS;
const SMOKE_CHANCE = 0.08;

/** Smoke of fires in the dry season: a raised-cosine bump of 6–36 h that lifts the level up to 3–6 times. */
const smokeFactor = (key: number, at: Instant): number => {
  const block = Math.floor(at / SMOKE_BLOCK_MS);
  if (seasonal(SEASON, at) < 1.2 || uniform(key, block) > SMOKE_CHANCE) return 1;
  const length = hours(6 + 30 * uniform(key + 1, block)).ms;
  const begin = block * SMOKE_BLOCK_MS + (SMOKE_BLOCK_MS - length) * uniform(key + 2, block);
  if (at < begin || at > begin + length) return 1;
  const peak = 3 + 3 * uniform(key + 3, block);
  return 1 + ((peak - 1) * (1 - Math.cos((2 * Math.PI * (at - begin)) / length))) / 2;
};

/** The particles in the air of a station. */
export interface Particles {
  /** PM2.5 as an optical sensor sees it, before its noise, µg/m³. */
  fine(at: Instant): number;
  /** Share of PM2.5 in PM10, 0.4 to 0.95. */
  fineShare(at: Instant): number;
  /** Road dust by day, µg/m³ in addition to the share. */
  dust(at: Instant): number;
}

export interface ParticleSource {
  readonly seed: number;
  readonly station: string;
  /** Mean PM2.5, µg/m³. */
  readonly level: number;
  readonly gauge: Gauge;
  readonly humidity: (at: Instant) => number;
}

export const createParticles = ({ seed, station, level, gauge, humidity }: ParticleSource): Particles => {
  const wander = createDrift(keyOf(seed, station, 'particles'), { step: minutes(5), rho: 0.98, sigma: 0.25 });
  const share = createDrift(keyOf(seed, station, 'fine share'), { step: { ms: HOUR_MS }, rho: 0.9, sigma: 0.1 });
  const smoke = keyOf(seed, 'smoke');
  return {
    fine: (at) =>
      level *
      seasonal(SEASON, at) *
      hourFactor(localHour(at)) *
      washout(gauge.lastHour(at)) *
      Math.exp(wander(at)) *
      smokeFactor(smoke, at) *
      humidityGrowth(humidity(at), INLET_KAPPA),
    fineShare: (at) => Math.min(0.95, Math.max(0.4, 0.66 + share(at))),
    dust: (at) => {
      const daylight = Math.max(0, Math.sin((Math.PI * (localHour(at) - 6)) / 12));
      return level * 0.15 * daylight * washout(8 * gauge.lastHour(at));
    },
  };
};
