import type { Instant } from '#model/base/instant.ts';
import { HOUR_MS } from '#firmware-sim/calendar.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { type RainPlace, type Rain, SLOT_MS, SLOTS_A_DAY, skyDay, startOfSkyDay } from './rain.ts';

/** Rain of one tip of the bucket. */
const TIP_MM = 0.2;

/** A rain gauge with a tipping bucket. */
export interface Gauge {
  /** mm that a tipping bucket counts after `since` and up to `at`: whole tips of 0.2 mm. */
  tipped(since: Instant, at: Instant): number;
  /** mm that fell in the hour before. */
  lastHour(at: Instant): number;
}

export const createGauge = (rain: Rain, place: RainPlace): Gauge => {
  /** mm since the sky's day began, at the start of every slot. */
  const sums = createChunks((day) => {
    const sum = new Float64Array(SLOTS_A_DAY + 1);
    const offset = startOfSkyDay(day) + SLOT_MS / 2 - rain.skyTime(place, 0);
    for (let slot = 0; slot < SLOTS_A_DAY; slot += 1) {
      sum[slot + 1] = (sum[slot] ?? 0) + (rain.rate(place, offset + slot * SLOT_MS) * SLOT_MS) / HOUR_MS;
    }
    return sum;
  });
  const depth = (day: number, skyTime: Instant): number => {
    const sum = sums(day);
    const position = (skyTime - startOfSkyDay(day)) / SLOT_MS;
    const slot = Math.floor(position);
    const [from, to] = [sum[slot] ?? 0, sum[slot + 1] ?? sum[SLOTS_A_DAY] ?? 0];
    return from + (to - from) * (position - slot);
  };
  /** Sums a measure of depth over the days between two moments; each day counts from 0. */
  const between = (since: Instant, at: Instant, measure: (mm: number) => number): number => {
    const [from, to] = [rain.skyTime(place, since), rain.skyTime(place, at)];
    const last = skyDay(to);
    let total = 0;
    for (let day = skyDay(from); day <= last; day += 1) {
      const end = day === last ? depth(day, to) : (sums(day)[SLOTS_A_DAY] ?? 0);
      total += measure(end) - (day === skyDay(from) ? measure(depth(day, from)) : 0);
    }
    return total;
  };
  return {
    tipped: (since, at) => between(since, at, (mm) => Math.floor(mm / TIP_MM)) * TIP_MM,
    lastHour: (at) => between(at - HOUR_MS, at, (mm) => mm),
  };
};
