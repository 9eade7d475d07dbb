/** Degrees in WGS 84. */
export interface Stop {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of the Earth, km (IUGG). */
const EARTH_RADIUS = 6_371.0088;

/** A road is longer than the straight line by this factor; for use where no matrix of roads is at hand. */
export const ROAD_FACTOR = 1.3;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Distance along a great circle, km (haversine). */
export const greatCircle = (a: Stop, b: Stop): number => {
  const [phiA, phiB] = [radians(a.latitude), radians(b.latitude)];
  const half =
    Math.sin((phiB - phiA) / 2) ** 2 +
    Math.cos(phiA) * Math.cos(phiB) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(Math.sqrt(half), 1));
};

/** Kilometres from each place (row) to each other (column): great circle × 1.3. */
export const roadMatrix = (places: readonly Stop[]): readonly (readonly number[])[] =>
  places.map((from) => places.map((to) => greatCircle(from, to) * ROAD_FACTOR));
