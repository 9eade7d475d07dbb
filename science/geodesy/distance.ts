import geodesic from 'geographiclib-geodesic';
import { centralAngle, type Place } from './sphere.ts';

/** Methods for the distance of two places: on the sphere, or on the ellipsoid of WGS 84. */
export const DISTANCE_METHODS = ['haversine', 'wgs84'] as const;
export type DistanceMethod = (typeof DISTANCE_METHODS)[number];

/** Radius of the sphere in metres. */
const RADIUS = 6_371_000;
const ellipsoid = (a: Place, b: Place): number =>
  geodesic.Geodesic.WGS84.Inverse(a.latitude, a.longitude, b.latitude, b.longitude).s12 ?? Number.NaN;

/** Distance of two places in metres; NaN when a coordinate is missing. */
export const distanceBetween = (a: Place, b: Place, method: DistanceMethod = 'haversine'): number =>
  method === 'haversine' ? RADIUS * centralAngle(a, b) : ellipsoid(a, b);
