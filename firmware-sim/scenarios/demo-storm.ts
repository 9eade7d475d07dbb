import type { ScenarioPart, Player, Scenario, Values } from '#firmware-sim/scenario.ts';
import { washout } from '#firmware-sim/signals/particles.ts';
import { dischargeAt } from '#firmware-sim/signals/rating.ts';
import { attribute } from '#firmware-sim/signals/site.ts';
import type { Basin } from '#firmware-sim/signals/river.ts';
import { type Duration, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import type { Station } from '#model/registry/station.ts';

/** The story begins anew so often. All times below are counted from its beginning. */
const CYCLE = minutes(12);

/** Something that swells and fades: from nothing at `begins` to 1 after `rises`, and back more slowly. */
interface Wave {
  readonly begins: Duration;
  readonly rises: Duration;
  /** The larger, the narrower. */
  readonly sharpness: number;
}

/** A river's wave: how far above one of the station's warning levels its crest stands, in m. */
interface Crest extends Wave {
  readonly level: 'waspada' | 'siaga' | 'awas';
  readonly above: number;
}

/** The flashy Gintung first, then the Klawing from bridge to weir to town. */
const CRESTS: ReadonlyMap<string, Crest> = new Map([
  ['PBG-R05', { begins: seconds(45), rises: seconds(40), sharpness: 3, level: 'awas', above: 0.5 }],
  ['PBG-R01', { begins: seconds(55), rises: seconds(80), sharpness: 4, level: 'siaga', above: 0.4 }],
  ['PBG-R02', { begins: seconds(70), rises: seconds(100), sharpness: 4, level: 'siaga', above: 0.4 }],
  ['PBG-R03', { begins: seconds(70), rises: seconds(140), sharpness: 2, level: 'siaga', above: 0.9 }],
]);

/** Between the storms these rivers keep so far below `waspada`, m, so that every alert finds its end. */
const CALM_BELOW = 0.3;

/** A bin in which something smoulders. */
const BIN = 'pbg-w01-2';
const SMOULDER: Wave = { begins: seconds(8), rises: seconds(30), sharpness: 5 };
/** °C at its hottest. */
const HOTTEST = 78;

/** A cloudburst at one place, in mm altogether. */
interface Burst {
  readonly begins: Duration;
  readonly depth: number;
}

/** Down the slope of Mount Slamet: Karangreja, Bobotsari, Purbalingga. */
const SLOPE: Burst = { begins: seconds(30), depth: 30 };
const HILLS: Burst = { begins: seconds(40), depth: 24 };
const TOWN: Burst = { begins: seconds(50), depth: 18 };
const BURST_LASTS = minutes(2);
const BURSTS: ReadonlyMap<string, Burst> = new Map([
  ['PBG-C01', SLOPE],
  ['PBG-C02', HILLS],
  ['PBG-C03', TOWN],
  ['PBG-A01', TOWN],
  ['PBG-A02', TOWN],
  ['PBG-A03', HILLS],
]);
const PARTICLES = ['pm1', 'pm2_5', 'pm10'] as const;
/** In this time-lapse it stands for the hour whose rain washes the air. */
const HOUR = minutes(4);

/** Rain of one tip of the bucket, mm. */
const TIP_MM = 0.2;

/** The unit hydrograph's shape: a power of `x e^(1-x)`, which is 1 at `x = 1`. */
const pulse = ({ begins, rises, sharpness }: Wave, ms: number): number => {
  const x = (ms - begins.ms) / rises.ms;
  return x <= 0 ? 0 : (x * Math.exp(1 - x)) ** sharpness;
};

/** The wave of this cycle, and what is left of the one before. */
const heightOf = (wave: Wave, { ms }: Duration): number => {
  const within = ms % CYCLE.ms;
  return pulse(wave, within) + (ms < CYCLE.ms ? 0 : pulse(wave, within + CYCLE.ms));
};

/** mm that have fallen since the start, over all cycles; the rate swells and fades as a raised cosine. */
const fallen = ({ begins, depth }: Burst, { ms }: Duration): number => {
  const cycles = Math.floor(Math.max(0, ms) / CYCLE.ms);
  const share = Math.min(1, Math.max(0, ms - cycles * CYCLE.ms - begins.ms) / BURST_LASTS.ms);
  return depth * (cycles + share - Math.sin(2 * Math.PI * share) / (2 * Math.PI));
};

const withValue = (values: Values, name: string, change: (value: number) => number): Values => {
  const value = values.get(name);
  return value === undefined ? values : new Map(values).set(name, change(value));
};

/** Stage, and what the same water makes of distance and discharge. */
const flooding =
  (crest: Crest, station: Station, basin: Basin): ScenarioPart =>
  (ordinary, { now }) => {
    const calm = Math.min(ordinary.get('stage') ?? 0, attribute(station, 'waspada', 0) - CALM_BELOW);
    const top = attribute(station, crest.level, 0) + crest.above;
    const stage = calm + (top - calm) * heightOf(crest, now);
    return new Map([
      ...ordinary,
      ['stage', stage],
      ['distance', attribute(station, 'h_ref', 0) - stage],
      ['flow', dischargeAt(basin.rating, stage)],
    ]);
  };

const smouldering: ScenarioPart = (ordinary, { now }) =>
  withValue(ordinary, 'temperature', (value) => value + (HOTTEST - value) * heightOf(SMOULDER, now));

const tipsOf = (burst: Burst, at: Duration): number => Math.floor(fallen(burst, at) / TIP_MM);

const raining =
  (burst: Burst): ScenarioPart =>
  (ordinary, { now, before }) =>
    withValue(ordinary, 'rainfall', (mm) => mm + (tipsOf(burst, now) - tipsOf(burst, before)) * TIP_MM);

const washing =
  (burst: Burst): ScenarioPart =>
  (ordinary, { now }) => {
    const left = washout(fallen(burst, now) - fallen(burst, milliseconds(now.ms - HOUR.ms)));
    return PARTICLES.reduce((values, name) => withValue(values, name, (value) => value * left), ordinary);
  };

const partOf = ({ device, station, basin }: Player): ScenarioPart | undefined => {
  if (device.id === BIN) return smouldering;
  const crest = CRESTS.get(station.id);
  if (crest !== undefined && basin !== undefined) return flooding(crest, station, basin);
  const burst = BURSTS.get(station.id);
  if (burst === undefined) return undefined;
  return station.family === 'weather' ? raining(burst) : washing(burst);
};

/**
 * A short demonstration: a bin smoulders, then a cloudburst in time-lapse comes down the upper Klawing and
 * the rivers follow, again every twelve minutes. Made for the demo stations at a speed-up of 1, where a limit's hold is
 * as long as the story takes it to be; other stations are left alone.
 */
export const demoStorm: Scenario = {
  name: 'demo-storm',
  summary: 'a cloudburst in time-lapse over the demo stations, every twelve minutes; alerts fire and resolve',
  partOf,
};
