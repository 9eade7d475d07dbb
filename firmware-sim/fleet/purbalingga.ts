import type { Station } from '#model/registry/station.ts';
import type { Roster } from '#firmware-sim/roster.ts';
import { basinFor, deviceAt, LIVELY } from './parts.ts';

/** Rain over the upper Klawing, on the slope of Mount Slamet. */
const HEADWATERS = { lat: -7.24, lon: 109.34 };

/** Levels in m, invented for the demo; heights in m above sea; the river's way at 2 m/s. */
const GAUGES = [
  {
    no: 1,
    name: 'Klawing – Bobotsari bridge',
    lat: -7.306,
    lon: 109.363,
    levels: [1.5, 2.2, 3],
    h_ref: 6.5,
    elevation: 120,
    areaKm2: 120,
    centre: HEADWATERS,
    storageHours: 1.2,
    lagHours: 0.2,
  },
  {
    no: 2,
    name: 'Klawing – Bendung Slinga',
    lat: -7.365,
    lon: 109.385,
    levels: [2, 2.8, 3.6],
    h_ref: 7,
    elevation: 65,
    areaKm2: 290,
    centre: HEADWATERS,
    storageHours: 1.6,
    lagHours: 1.2,
  },
  {
    no: 3,
    name: 'Klawing – Bancar bridge',
    lat: -7.39,
    lon: 109.375,
    levels: [2.5, 3.5, 4.5],
    h_ref: 9,
    elevation: 50,
    areaKm2: 420,
    centre: HEADWATERS,
    storageHours: 1.8,
    lagHours: 1.6,
  },
  {
    no: 4,
    name: 'Pekacangan – Bukateja',
    lat: -7.43,
    lon: 109.43,
    levels: [2, 3, 4],
    h_ref: 7.5,
    elevation: 45,
    areaKm2: 160,
    centre: { lat: -7.33, lon: 109.47 },
    storageHours: 1.6,
    lagHours: 1,
  },
  {
    no: 5,
    name: 'Gintung – Karangmoncol',
    lat: -7.28,
    lon: 109.46,
    levels: [1.2, 1.8, 2.5],
    h_ref: 5,
    elevation: 180,
    areaKm2: 38,
    centre: { lat: -7.24, lon: 109.47 },
    storageHours: 0.6,
    lagHours: 0.1,
  },
  {
    no: 6,
    name: 'Klawing–Serayu (Congot), Kemangkon',
    lat: -7.478,
    lon: 109.36,
    levels: [3, 4.5, 6],
    h_ref: 11,
    elevation: 25,
    areaKm2: 800,
    centre: HEADWATERS,
    storageHours: 2.4,
    lagHours: 3,
  },
] as const;

const AIR = [
  { no: 1, name: 'Alun-alun Purbalingga', lat: -7.389, lon: 109.364, site: 'urban', elevation: 60 },
  { no: 2, name: 'Bojong industry', lat: -7.385, lon: 109.385, site: 'industry', elevation: 55 },
  { no: 3, name: 'Bobotsari market', lat: -7.306, lon: 109.363, site: 'traffic', elevation: 120 },
  { no: 4, name: 'Kutabawa (Karangreja)', lat: -7.228, lon: 109.285, site: 'background', elevation: 1_200 },
] as const;

/** Containers: `capacity_litres`, and the distance from the lid when empty and when full, m. */
const BINS = [
  {
    no: 1,
    name: 'Pasar Segamas',
    lat: -7.395,
    lon: 109.358,
    use: 'market',
    capacity_litres: 1_000,
    d_empty: 1.25,
    d_full: 0.25,
    count: 4,
  },
  {
    no: 2,
    name: 'GOR Goentoer Darjono',
    lat: -7.397,
    lon: 109.37,
    use: 'park',
    capacity_litres: 240,
    d_empty: 1.05,
    d_full: 0.25,
    count: 3,
  },
  {
    no: 3,
    name: 'TPA Kalipancur (Bedagas)',
    lat: -7.37,
    lon: 109.45,
    use: 'depot',
    capacity_litres: 1_000,
    d_empty: 1.25,
    d_full: 0.25,
    count: 3,
  },
] as const;

const CLIMATE = [
  { no: 1, name: 'Karangreja', lat: -7.23, lon: 109.3, elevation: 1_000 },
  { no: 2, name: 'Bobotsari', lat: -7.306, lon: 109.363, elevation: 120 },
  { no: 3, name: 'Purbalingga', lat: -7.3892, lon: 109.3639, elevation: 60 },
] as const;

const rivers = GAUGES.map(({ no, name, lat, lon, levels, h_ref, elevation }): Station => {
  const [waspada, siaga, awas] = levels;
  const attributes = { waspada, siaga, awas, h_ref, stage_min: -0.5, stage_max: h_ref, elevation };
  return { id: `PBG-R0${no}`, family: 'river', name, lat, lon, attributes };
});

const air = AIR.map(
  ({ no, name, lat, lon, ...attributes }): Station => ({
    id: `PBG-A0${no}`,
    family: 'air',
    name,
    lat,
    lon,
    attributes,
  }),
);

const bins = BINS.map(({ no, name, lat, lon, use, capacity_litres, d_empty, d_full }): Station => {
  const attributes = { use, capacity_litres, d_empty, d_full };
  return { id: `PBG-W0${no}`, family: 'waste', name, lat, lon, attributes };
});

const climate = CLIMATE.map(
  ({ no, name, lat, lon, elevation }): Station => ({
    id: `PBG-C0${no}`,
    family: 'weather',
    name,
    lat,
    lon,
    attributes: { elevation },
  }),
);

/** One device at a station, under the station's name in lower case. */
const alone = ({ id }: Station) => deviceAt(id.toLowerCase(), id, LIVELY);

const binDevices = BINS.flatMap(({ no, count }) =>
  Array.from({ length: count }, (_, i) => deviceAt(`pbg-w0${no}-${i + 1}`, `PBG-W0${no}`, LIVELY)),
);

/**
 * Demo stations of Purbalingga regency, Central Java. Positions are approximate, warning levels invented; the three
 * weather stations measure the rain that the rivers answer to.
 */
export const purbalingga: Roster = {
  stations: [...rivers, ...air, ...bins, ...climate],
  devices: [...rivers.map(alone), ...air.map(alone), ...binDevices, ...climate.map(alone)],
  basins: new Map(GAUGES.map(({ no, levels, ...facts }) => [`PBG-R0${no}`, basinFor({ ...facts, siaga: levels[1] })])),
};
