import { type Duration, hours, seconds } from '#model/base/duration.ts';
import { parseInstant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';
import type { RainPlace } from '#firmware-sim/signals/rain.ts';
import type { Basin } from '#firmware-sim/signals/river.ts';

/** Fleets belong to their stations from here on: before any reading that Klawing accepts. */
const ASSIGNED_FROM = parseInstant('2020-01-01T00:00:00Z') ?? 0;

/** A device that sends native JSON under the properties' own names. */
export const deviceAt = (id: string, station: string, every: Duration): Device => ({
  id,
  codec: 'json',
  every,
  fields: {},
  assignments: [{ station, from: ASSIGNED_FROM }],
  revoked: false,
  registeredAt: ASSIGNED_FROM,
});

/** Reporting interval of demo devices, short enough for a lively screen. */
export const LIVELY = seconds(5);

/** Stage above the gauge zero at which the river is dry, m, and the shape of a wide section. */
const H0 = 0.2;
const B = 1.7;
/** Rain within an hour that brings the river from its usual level to `siaga`, mm. */
const SIAGA_STORM_MM = 65;

export interface BasinFacts {
  readonly areaKm2: number;
  readonly centre: RainPlace;
  readonly storageHours: number;
  readonly lagHours: number;
  /** Warning level of the station, m. */
  readonly siaga: number;
}

/** A basin whose rating curve puts a storm that comes some times a year at the station's `siaga` level. */
export const basinFor = ({ areaKm2, centre, storageHours, lagHours, siaga }: BasinFacts): Basin => {
  // three reservoirs in a row answer an hour of rain with a peak of 2 e^-2 / k; 35 % runs off, and 0.03 m³/s/km² is there
  const peak = (SIAGA_STORM_MM * 0.35 * ((2 * Math.exp(-2)) / storageHours)) / 3.6 + 0.03;
  return {
    areaKm2,
    centre,
    storage: hours(storageHours),
    lag: hours(lagHours),
    rating: { a: (peak * areaKm2) / (siaga - H0) ** B, h0: H0, b: B },
  };
};
