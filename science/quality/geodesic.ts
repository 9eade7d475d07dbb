import geodesic from 'geographiclib-geodesic';

/** Degrees, WGS 84. */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** Methods for the distance of two places: on the sphere, or on the ellipsoid of WGS 84. */
export const DISTANCE_METHODS = ['haversine', 'wgs84'] as const;
export type DistanceMethod = (typeof DISTANCE_METHODS)[number];

/** Radius of the sphere in metres. */
const RADIUS = 6_371_000;
const RADIANS = Math.PI / 180;

const haversine = (a: Place, b: Place): number => {
  const [dLat, dLon] = [(b.lat - a.lat) * RADIANS, (b.lon - a.lon) * RADIANS];
  const half =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * Math.sin(dLon / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(half)));
};

const ellipsoid = (a: Place, b: Place): number =>
  geodesic.Geodesic.WGS84.Inverse(a.lat, a.lon, b.lat, b.lon).s12 ?? Number.NaN;

/** Distance of two places in metres; NaN when a coordinate is missing. */
export const distanceBetween = (a: Place, b: Place, method: DistanceMethod = 'haversine'): number =>
  method === 'haversine' ? haversine(a, b) : ellipsoid(a, b);
