import type { Instant } from '#model/base/instant.ts';
import {
  HOUR_MS,
  type Monthly,
  localDay,
  localHour,
  MINUTE_MS,
  seasonal,
  startOfLocalDay,
} from '#firmware-sim/calendar.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { gauss, keyOf, uniform } from '#firmware-sim/random.ts';

/** WGS 84 degrees. */
export interface RainPlace {
  readonly lat: number;
  readonly lon: number;
}

/** The rain of the regency: one sky over all stations. */
export interface Rain {
  /** mm/h that fall at a place at a moment. */
  rate(place: RainPlace, at: Instant): number;
  /** The time in the sky's own frame at a place, after the way of the rain cell across the regency. */
  skyTime(place: RainPlace, at: Instant): Instant;
}

export const SLOT_MS = 10 * MINUTE_MS;
export const SLOTS_A_DAY = 144;
/** The sky's day begins at 05:00 local time, dry, so that days can be drawn each on its own. */
const DAWN_MS = 5 * HOUR_MS;

/** Spells of rain that begin on a day, January first: the wet season runs from November to April. */
const SPELLS_A_DAY: Monthly = [1.5, 1.4, 1.4, 1.2, 0.7, 0.4, 0.25, 0.2, 0.3, 0.8, 1.3, 1.5];
const AFTERNOON_SHARE = 0.65;
const AFTERNOON_HOURS = 6;
/** A wet slot is followed by another: an hour of rain on average. */
const STAY_WET = 5 / 6;
const MEDIAN_MM_PER_HOUR = 9;
const HEAVIEST_MM_PER_HOUR = 110;

/** Cells come down the slope of Mount Slamet from the north, at 5 m/s. */
const NORTH_LAT = -7.17;
const METRES_PER_DEGREE = 111_000;
const CELL_METRES_PER_MS = 0.005;
/** Width of a rain cell to both sides of its track, in degrees of longitude (one standard deviation). */
const CELL_WIDTH = 0.12;

interface SkyDay {
  /** mm/h in the heart of the cell, per slot; 0 when dry. */
  readonly core: Float64Array;
  /** Longitude along which the cell moves, per slot. */
  readonly track: Float64Array;
}

const startChance = (hour: number, spellsADay: number): number => {
  const isAfternoon = hour >= 14 && hour < 14 + AFTERNOON_HOURS;
  const share = isAfternoon ? AFTERNOON_SHARE / AFTERNOON_HOURS : (1 - AFTERNOON_SHARE) / (24 - AFTERNOON_HOURS);
  return (spellsADay * share) / 6;
};

/** A two-state Markov chain, dry and wet, with log-normal intensity for each spell and a smaller one for each slot. */
const drawDay = (key: number, day: number): SkyDay => {
  const begin = startOfLocalDay(day) + DAWN_MS;
  const spellsADay = seasonal(SPELLS_A_DAY, begin);
  const core = new Float64Array(SLOTS_A_DAY);
  const track = new Float64Array(SLOTS_A_DAY);
  let spell: { readonly mm: number; readonly lon: number } | undefined;
  for (let slot = 0; slot < SLOTS_A_DAY; slot += 1) {
    const n = day * SLOTS_A_DAY + slot;
    const chance = spell === undefined ? startChance(localHour(begin + slot * SLOT_MS), spellsADay) : STAY_WET;
    if (uniform(key, n) >= chance) {
      spell = undefined;
      continue;
    }
    spell ??= {
      mm: MEDIAN_MM_PER_HOUR * Math.exp(0.8 * gauss(key + 1, n)),
      lon: 109.25 + 0.25 * uniform(key + 2, n),
    };
    core[slot] = Math.min(HEAVIEST_MM_PER_HOUR, spell.mm * Math.exp(0.35 * gauss(key + 3, n)));
    track[slot] = spell.lon;
  }
  return { core, track };
};

export const skyDay = (skyTime: Instant): number => localDay(skyTime - DAWN_MS);
export const startOfSkyDay = (day: number): Instant => startOfLocalDay(day) + DAWN_MS;

/** A rain cell at a moment. */
export interface RainCell {
  /** mm/h in its heart. */
  readonly heart: number;
  /** Longitude along which it moves. */
  readonly track: number;
}

/** mm/h that a cell rains at a place: less aside of its track, more on the slope in the north than in the plain. */
export const rainUnder = ({ heart, track }: RainCell, { lat, lon }: RainPlace): number => {
  const aside = (lon - track) / CELL_WIDTH;
  const slope = 1.25 - 1.4 * Math.min(0.3, Math.max(0, -7.2 - lat));
  return heart * slope * Math.exp(-0.5 * aside * aside);
};

export const createRain = (seed: number): Rain => {
  const key = keyOf(seed, 'rain');
  // a river looks back twelve days, and gauges stand in two at once
  const dayOf = createChunks((day) => drawDay(key, day), 32);
  const skyTime = ({ lat }: RainPlace, at: Instant): Instant =>
    at - ((NORTH_LAT - lat) * METRES_PER_DEGREE) / CELL_METRES_PER_MS;
  return {
    skyTime,
    rate(place, at) {
      const time = skyTime(place, at);
      const day = skyDay(time);
      const slot = Math.floor((time - startOfSkyDay(day)) / SLOT_MS);
      const { core, track } = dayOf(day);
      const heart = core[slot] ?? 0;
      return heart === 0 ? 0 : rainUnder({ heart, track: track[slot] ?? 0 }, place);
    },
  };
};
