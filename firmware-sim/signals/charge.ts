import type { Signal } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { DAY_MS, localDay, startOfLocalDay } from '#firmware-sim/calendar.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { dailySwing } from './atmosphere.ts';
import type { Gauge } from './gauge.ts';

/**
 * A battery on a solar panel: full in the afternoon, lower before dawn, and lower altogether after a day of rain.
 * Voltage and level follow the same sun, each in its own unit.
 */
export const createCharge = (gauge: Gauge): ((signal: Signal, at: Instant) => number) => {
  const gloom = createChunks((day) => {
    const begin = startOfLocalDay(day);
    return 1 - Math.exp(-gauge.tipped(begin, begin + DAY_MS) / 15);
  });
  return (signal, at) => {
    const day = localDay(at);
    const passed = (at - startOfLocalDay(day)) / DAY_MS;
    const cloud = gloom(day - 1) * (1 - passed) + gloom(day) * passed;
    return signal.mean + dailySwing(signal, at) * (1 - 0.5 * cloud) - 0.6 * (signal.daily ?? 0) * cloud;
  };
};
