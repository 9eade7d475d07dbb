import type { Station } from '#model/registry/station.ts';
import { type Atmosphere, createAtmosphere, TOWN_ELEVATION } from './atmosphere.ts';
import { createBin, type Bin, type BinUse } from './bin.ts';
import { createCharge } from './charge.ts';
import { createGauge, type Gauge } from './gauge.ts';
import { createParticles, type Particles, SITE_LEVEL } from './particles.ts';
import type { Rain } from './rain.ts';
import { type Basin, createRiver, type River } from './river.ts';

/** The place of a device. */
export interface DevicePlace {
  readonly seed: number;
  readonly device: string;
  readonly station: Station;
  /** The sky over the fleet, shared by all. */
  readonly rain: Rain;
  /** Catchment of the river at this station; undefined away from rivers. */
  readonly basin: Basin | undefined;
}

/** The signals of a place. Each is made when a property first uses it. */
export interface Site extends DevicePlace {
  readonly gauge: Gauge;
  readonly atmosphere: Atmosphere;
  readonly particles: () => Particles;
  readonly river: () => River | undefined;
  readonly bin: () => Bin;
  readonly charge: ReturnType<typeof createCharge>;
  /** Mean PM2.5 of this kind of place, µg/m³: how busy the air is. */
  readonly airLevel: number;
}

/** A number that the station's registration holds, or what to take in its place. */
export const attribute = ({ attributes }: Station, name: string, otherwise: number): number => {
  const value = attributes[name];
  return typeof value === 'number' ? value : otherwise;
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const airLevelOf = ({ attributes }: Station): number => {
  const site = attributes['site'];
  return site === 'traffic' || site === 'industry' || site === 'background' ? SITE_LEVEL[site] : SITE_LEVEL.urban;
};

const binUseOf = ({ attributes }: Station): BinUse => {
  const use = attributes['use'];
  return use === 'market' || use === 'depot' ? use : 'park';
};

/** Mean and daily swing of the humidity in the town, for signals that depend on it. */
const TOWN_HUMIDITY = { mean: 82, daily: 14, peakHour: 4 };

export const createSite = (ground: DevicePlace): Site => {
  const { seed, device, station, rain, basin } = ground;
  const gauge = createGauge(rain, station);
  const atmosphere = createAtmosphere(seed, station.id, attribute(station, 'elevation', TOWN_ELEVATION), gauge);
  const airLevel = airLevelOf(station);
  return {
    ...ground,
    gauge,
    atmosphere,
    airLevel,
    charge: createCharge(gauge),
    particles: once(() =>
      createParticles({
        seed,
        station: station.id,
        level: airLevel,
        gauge,
        humidity: (at) => atmosphere.relativeHumidity(TOWN_HUMIDITY, at),
      }),
    ),
    river: once(() => (basin === undefined ? undefined : createRiver(rain, basin))),
    bin: once(() =>
      createBin(seed, device, { use: binUseOf(station), capacity: attribute(station, 'capacity_litres', 240) }),
    ),
  };
};
