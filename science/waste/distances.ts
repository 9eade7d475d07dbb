import { centralAngle, type Place } from '#science/geodesy/sphere.ts';

/** Mean radius of the Earth, km (IUGG). */
const EARTH_RADIUS = 6_371.0088;

/** A road is longer than the straight line by this factor; for use where no matrix of roads is at hand. */
export const ROAD_FACTOR = 1.3;

/** Distance along a great circle, km (haversine). */
export const greatCircle = (a: Place, b: Place): number => EARTH_RADIUS * centralAngle(a, b);

/** Kilometres from each place (row) to each other (column): great circle × 1.3. */
export const roadMatrix = (places: readonly Place[]): readonly (readonly number[])[] =>
  places.map((from) => places.map((to) => greatCircle(from, to) * ROAD_FACTOR));
