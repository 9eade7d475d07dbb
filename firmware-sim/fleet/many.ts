import { seconds } from '#model/base/duration.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Station } from '#model/registry/station.ts';
import { keyOf, uniform } from '#firmware-sim/random.ts';
import type { Roster } from '#firmware-sim/roster.ts';
import { basinFor, deviceAt } from './parts.ts';

/** The regency: degrees of latitude and longitude. */
const BOX = { south: -7.48, north: -7.17, west: 109.19, east: 109.58 } as const;
const EVERY = seconds(10);
/** Families of ten stations in a row: 40 % air, 30 % waste, 20 % river, 10 % weather; then one of each other family. */
const USUAL: readonly string[] = ['air', 'waste', 'river', 'air', 'waste', 'weather', 'air', 'river', 'waste', 'air'];
const MIX = [...USUAL, ...FAMILIES.map(({ name }) => name).filter((name) => !USUAL.includes(name))];
const SITES = ['urban', 'traffic', 'industry', 'background'] as const;
const USES = ['market', 'park', 'depot'] as const;

/** From the plain in the south to the slope in the north, m. */
const elevationAt = (lat: number): number => Math.round(25 + 900 * ((lat - BOX.south) / (BOX.north - BOX.south)) ** 2);

const attributesOf = (family: string, n: number, chance: number): Station['attributes'] => {
  if (family === 'air') return { site: SITES[n % SITES.length] ?? 'urban' };
  if (family === 'waste') {
    return { use: USES[n % USES.length] ?? 'park', capacity_litres: 240, d_empty: 1.05, d_full: 0.25 };
  }
  if (family !== 'river') return {};
  const waspada = Number((1.2 + 1.8 * chance).toFixed(1));
  const [siaga, awas, h_ref] = [1.4, 1.9, 4].map((factor) => Number((waspada * factor).toFixed(1)));
  return { waspada, siaga: siaga ?? 0, awas: awas ?? 0, h_ref: h_ref ?? 0 };
};

const stationNumber = (key: number, n: number): Station => {
  const family = MIX[n % MIX.length] ?? 'air';
  const lat = Number((BOX.south + (BOX.north - BOX.south) * uniform(key, n)).toFixed(4));
  const lon = Number((BOX.west + (BOX.east - BOX.west) * uniform(key + 1, n)).toFixed(4));
  const id = `SIM-${String(n + 1).padStart(4, '0')}`;
  const attributes = { elevation: elevationAt(lat), ...attributesOf(family, n, uniform(key + 2, n)) };
  return { id, family, name: `Simulated ${family} ${n + 1}`, lat, lon, attributes };
};

const basinOf = ({ lat, lon, attributes }: Station) =>
  basinFor({
    areaKm2: 150,
    centre: { lat: Math.min(BOX.north, lat + 0.06), lon },
    storageHours: 1.4,
    lagHours: 0.8,
    siaga: Number(attributes['siaga']),
  });

/** A synthetic fleet for tests of scale: stations `SIM-0001` and on, one device each, spread over the regency. */
export const manyDevices = (count: number, seed: number): Roster => {
  const key = keyOf(seed, 'many');
  const stations = Array.from({ length: count }, (_, n) => stationNumber(key, n));
  const rivers = stations.filter(({ family }) => family === 'river');
  return {
    stations,
    devices: stations.map(({ id }) => deviceAt(id.toLowerCase(), id, EVERY)),
    basins: new Map(rivers.map((station) => [station.id, basinOf(station)])),
  };
};
