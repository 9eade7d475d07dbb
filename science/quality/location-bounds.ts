import { FLAG } from '#model/readings/flag.ts';

/** Longitude and latitude in degrees. */
type Corner = readonly [number, number];

/** Corners of a polygon in order; the last one is joined to the first. */
export type Polygon = readonly Corner[];

/** The corners of a box. */
export const boxBounds = (west: number, south: number, east: number, north: number): Polygon => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
];

const isOnEdge = ([x, y]: Corner, [ax, ay]: Corner, [bx, by]: Corner): boolean => {
  const isOnLine = (bx - ax) * (y - ay) === (by - ay) * (x - ax);
  return isOnLine && x >= Math.min(ax, bx) && x <= Math.max(ax, bx) && y >= Math.min(ay, by) && y <= Math.max(ay, by);
};

/** True when a ray to the east crosses the edge. */
const isCrossed = ([x, y]: Corner, [ax, ay]: Corner, [bx, by]: Corner): boolean =>
  ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;

/** True for a point inside the polygon; a point on its border is outside. */
const isInside = (point: Corner, bounds: Polygon): boolean => {
  const edges = bounds.map((corner, i) => [corner, bounds[(i + 1) % bounds.length] ?? corner] as const);
  if (edges.some(([a, b]) => isOnEdge(point, a, b))) return false;
  return edges.filter(([a, b]) => isCrossed(point, a, b)).length % 2 === 1;
};

/**
 * QARTOD location bounds test (ioos_qc `location_bounds_test`): places in the flagged area are FAIL. The border belongs to the
 * outside. A place with one coordinate is MISSING.
 * @param lon degrees; NaN is missing
 * @param lat degrees; NaN is missing
 */
export const locationBounds = (
  lon: Float64Array,
  lat: Float64Array,
  bounds: Polygon,
  flagged: 'outside' | 'inside' = 'outside',
): Uint8Array =>
  Uint8Array.from(lon, (x, i) => {
    const y = lat[i] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) return FLAG.MISSING;
    return isInside([x, y], bounds) === (flagged === 'inside') ? FLAG.FAIL : FLAG.GOOD;
  });
