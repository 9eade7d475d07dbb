import { hours, minutes } from '#model/base/duration.ts';
import type { Property, Signal } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { gauss, keyOf } from '#firmware-sim/random.ts';
import { dailySwing } from './atmosphere.ts';
import { createDrift } from './drift.ts';
import { attribute, type Site } from './site.ts';

/** Times of a reading and of the one before. */
export interface Moment {
  readonly at: Instant;
  readonly since: Instant;
}

/** The value of one property, in its unit, its sensor's noise included; not yet rounded or held to its range. */
export type Model = (moment: Moment) => number;

type MakeModel = (site: Site, name: string, property: Property) => Model;

/** Noise from report to report, shared by all properties that use one name. */
const noiseOf = ({ seed, device }: Site, name: string): ((at: Instant) => number) => {
  const key = keyOf(seed, device, name, 'noise');
  return (at) => gauss(key, at);
};

const noisy = (site: Site, name: string, { jitter = 0 }: Signal, clean: (at: Instant) => number): Model => {
  if (jitter === 0) return ({ at }) => clean(at);
  const noise = noiseOf(site, name);
  return ({ at }) => clean(at) + jitter * noise(at);
};

/** The default model: a mean, a daily swing and noise, from the definition of the property. */
const steady: MakeModel = (site, name, { signal }) =>
  noisy(site, name, signal, (at) => signal.mean + dailySwing(signal, at));

const rainfall: MakeModel =
  ({ gauge }) =>
  ({ at, since }) =>
    gauge.tipped(since, at);

const river: MakeModel = (site, name, property) => {
  const water = site.river();
  if (water === undefined) return steady(site, name, property);
  const { jitter = 0 } = property.signal;
  if (name === 'flow') return noisy(site, name, property.signal, (at) => water.discharge(at));
  const ripple = noiseOf(site, 'ripple');
  // the water comes up to the sensor's face at most
  const reference = attribute(site.station, 'h_ref', 8);
  const stage = (at: Instant): number => Math.min(reference - 0.1, water.stage(at) + jitter * ripple(at));
  return name === 'distance' ? ({ at }) => reference - stage(at) : ({ at }) => stage(at);
};

/** PM2.5 of the family's own signals: a larger mean is a coarser fraction, a smaller one a finer. */
const FINE_MEAN = 28;
const PARTICLE_NOISE = 0.03;

const particles: MakeModel = (site, _name, { signal }) => {
  const air = site.particles();
  const noise = noiseOf(site, 'particles');
  const size = signal.mean / FINE_MEAN;
  return ({ at }) => {
    const fine = air.fine(at) * Math.max(0.7, 1 + PARTICLE_NOISE * noise(at));
    if (size <= 1) return fine * size;
    // coarser fractions lie between PM2.5 and what the station's share of fine particles gives for PM10
    const coarse = fine / air.fineShare(at) - fine + air.dust(at);
    return fine + (coarse * (size - 1)) / (1 / 0.65 - 1);
  };
};

const fill: MakeModel = (site, name, { signal }) => {
  const bin = site.bin();
  if (name !== 'distance') return noisy(site, name, signal, (at) => 100 * bin.fill(at));
  const empty = attribute(site.station, 'd_empty', 1.2);
  const full = attribute(site.station, 'd_full', 0.2);
  return noisy(site, name, signal, (at) => empty - bin.fill(at) * (empty - full));
};

const charge: MakeModel = (site, name, { signal }) => noisy(site, name, signal, (at) => site.charge(signal, at));

const FOLLOWS: Readonly<Record<NonNullable<Signal['follows']>, MakeModel>> = {
  rain: rainfall,
  river,
  particles,
  fill,
  charge,
};

/** A gas: more of it where the air is busy, wandering over the hours. */
const gas: MakeModel = (site, name, { signal }) => {
  const wander = createDrift(keyOf(site.seed, site.station.id, name), { step: minutes(10), rho: 0.97, sigma: 0.2 });
  // ozone is eaten up by traffic, so it does not grow with it
  const busy = name === 'o3' ? 1 : site.airLevel / FINE_MEAN;
  return noisy(site, name, signal, (at) => (signal.mean + dailySwing(signal, at)) * busy * Math.exp(wander(at)));
};

/** Signal strength: better or worse by the place, wandering with the leaves, 3 dB less in rain. */
const radio: MakeModel = (site, name, { signal }) => {
  const place = gauss(keyOf(site.seed, site.device, 'place'), 0) * (signal.jitter ?? 0);
  const shade = createDrift(keyOf(site.seed, site.device, 'shade'), { step: hours(1), rho: 0.9, sigma: 1 });
  return noisy(site, name, signal, (at) => {
    const fade = site.rain.rate(site.station, at) > 1 ? 3 : 0;
    return signal.mean + place + shade(at) - fade;
  });
};

/** Properties that the air over the station makes, by family and name. */
const NAMED: ReadonlyMap<string, MakeModel> = new Map(
  ['air', 'weather'].flatMap((family): readonly (readonly [string, MakeModel])[] => [
    [
      `${family}.temperature`,
      (site, name, { signal }) => noisy(site, name, signal, (at) => site.atmosphere.temperature(signal, at)),
    ],
    [
      `${family}.relative_humidity`,
      (site, name, { signal }) => noisy(site, name, signal, (at) => site.atmosphere.relativeHumidity(signal, at)),
    ],
    [
      `${family}.pressure`,
      (site, name, { signal }) => noisy(site, name, signal, (at) => site.atmosphere.pressure(signal, at)),
    ],
  ]),
);

/** The model of a property at a site: what its signal follows, else what its name means there, else its own signal. */
export const modelOf = (site: Site, name: string, property: Property): Model => {
  const { follows } = property.signal;
  if (follows !== undefined) return FOLLOWS[follows](site, name, property);
  if (property.molarMass !== undefined) return gas(site, name, property);
  if (name === 'rssi' || name === 'snr') return radio(site, name, property);
  return (NAMED.get(`${site.station.family}.${name}`) ?? steady)(site, name, property);
};
