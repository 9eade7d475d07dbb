/** Degrees east, degrees north. */
export type MapPosition = readonly [lon: number, lat: number];

export interface MapShape {
  readonly kind: 'regency' | 'river' | 'tributary';
  readonly name: string;
  readonly points: readonly MapPosition[];
}

/**
 * A schematic map of Purbalingga, made by hand: the regency's bounds (109°11'–109°35' E, 7°10'–7°29' S) with rounded
 * corners, and the rivers as lines through their gauges. Nothing here is surveyed, and the map says so.
 */
export const BASEMAP: readonly MapShape[] = [
  {
    kind: 'regency',
    name: 'Kabupaten Purbalingga',
    points: [
      [109.225, -7.185],
      [109.3, -7.17],
      [109.39, -7.18],
      [109.47, -7.2],
      [109.545, -7.225],
      [109.58, -7.29],
      [109.57, -7.36],
      [109.53, -7.41],
      [109.47, -7.455],
      [109.4, -7.484],
      [109.345, -7.483],
      [109.305, -7.45],
      [109.275, -7.39],
      [109.255, -7.33],
      [109.215, -7.27],
      [109.19, -7.225],
      [109.225, -7.185],
    ],
  },
  {
    kind: 'river',
    name: 'Klawing',
    points: [
      [109.29, -7.215],
      [109.322, -7.245],
      [109.352, -7.28],
      [109.363, -7.306],
      [109.372, -7.335],
      [109.385, -7.365],
      [109.379, -7.38],
      [109.375, -7.39],
      [109.389, -7.418],
      [109.387, -7.445],
      [109.372, -7.463],
      [109.36, -7.478],
    ],
  },
  {
    kind: 'tributary',
    name: 'Gintung',
    points: [
      [109.475, -7.235],
      [109.46, -7.28],
      [109.44, -7.318],
      [109.415, -7.35],
      [109.385, -7.375],
    ],
  },
  {
    kind: 'tributary',
    name: 'Pekacangan',
    points: [
      [109.52, -7.325],
      [109.485, -7.375],
      [109.45, -7.41],
      [109.43, -7.43],
      [109.405, -7.44],
      [109.388, -7.44],
    ],
  },
];

export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The box around these positions, with a margin, and never smaller than a village. */
export const boundsOf = (positions: readonly MapPosition[]): Bounds => {
  const lons = positions.map(([lon]) => lon);
  const lats = positions.map(([, lat]) => lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const margin = Math.max(0.01, (east - west) * 0.06, (north - south) * 0.06);
  return { west: west - margin, south: south - margin, east: east + margin, north: north + margin };
};
