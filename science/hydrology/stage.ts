import { type Dated, inForce } from '#science/in-force.ts';

/** The mounting of a downward-looking sensor from a date on. Each re-mounting begins a new one. */
export interface Mounting extends Dated {
  /** Height of the sensor's face above the gauge zero, m. */
  readonly reference: number;
  /** Shortest distance that the sensor can measure, m: at or below it there is no measurement. */
  readonly blindZone: number;
  /** Longest distance that the sensor can measure, m: at or above it there is no echo. */
  readonly range: number;
  /** Air temperature that an ultrasonic sensor assumes, °C; undefined where it compensates itself, or is a radar. */
  readonly assumedCelsius?: number;
}

/** Why there is no stage. At a distance within the blind zone the river may have reached the sensor. */
export type StageMissing = 'not-a-number' | 'not-mounted' | 'blind-zone' | 'no-echo';

export type Stage =
  | {
      readonly kind: 'stage';
      /** m above the gauge zero. */
      readonly stage: number;
      /** The distance that was used, after compensation, m. */
      readonly distance: number;
      /** The sensor assumes a temperature, and no air temperature was at hand. */
      readonly uncompensated: boolean;
    }
  | { readonly kind: 'missing'; readonly reason: StageMissing };

const missing = (reason: StageMissing): Stage => ({ kind: 'missing', reason });

/** Speed of sound in air, m/s (ideal gas, textbook): 331.3 at 0 °C. */
export const speedOfSound = (celsius: number): number => 331.3 * Math.sqrt(1 + celsius / 273.15);

/**
 * A distance that an ultrasonic sensor computed for an assumed temperature, for the real one. At 35 °C a sensor that
 * assumes 20 °C shows 4.877 m for 5 m.
 */
export const compensatedDistance = (distance: number, assumedCelsius: number, airCelsius: number): number =>
  (distance * speedOfSound(airCelsius)) / speedOfSound(assumedCelsius);

/**
 * Stage from the distance of a sensor that looks down: `stage = reference − distance`.
 * @param distance m, as reported; codes of a device for "no echo" that are not distances become missing before
 * @param at ms since 1970, the time of the distance
 * @param airCelsius air temperature at that time, °C; undefined where it is not known
 */
export const stageFromDistance = (
  mountings: readonly Mounting[],
  distance: number,
  at: number,
  airCelsius?: number,
): Stage => {
  if (!Number.isFinite(distance)) return missing('not-a-number');
  const mounting = inForce(mountings, at);
  if (mounting === undefined) return missing('not-mounted');
  if (distance <= mounting.blindZone) return missing('blind-zone');
  if (distance >= mounting.range) return missing('no-echo');
  const { assumedCelsius, reference } = mounting;
  if (assumedCelsius === undefined || airCelsius === undefined || !Number.isFinite(airCelsius)) {
    return { kind: 'stage', stage: reference - distance, distance, uncompensated: assumedCelsius !== undefined };
  }
  const compensated = compensatedDistance(distance, assumedCelsius, airCelsius);
  return { kind: 'stage', stage: reference - compensated, distance: compensated, uncompensated: false };
};

export interface FloodMonitoring {
  readonly referenceLevel: number;
  readonly currentLevel: number;
}

/**
 * The two levels of the smart-data-models type FloodMonitoring, which count from the river bed, not from the gauge
 * zero.
 * @param reference height of the sensor's face above the gauge zero, m
 * @param bed height of the river bed on the gauge, m
 */
export const floodMonitoring = (stage: number, reference: number, bed: number): FloodMonitoring => ({
  referenceLevel: reference - bed,
  currentLevel: stage - bed,
});
