import { FLAG } from '#model/readings/flag.ts';
import type { Place } from '#science/geodesy/sphere.ts';
import { distanceBetween, type DistanceMethod } from '#science/geodesy/distance.ts';

export interface Location {
  /** Metres; a place that is further from the place before is SUSPECT. */
  readonly farthest?: number;
  readonly method?: DistanceMethod;
}

const placesOf = (lon: Float64Array, lat: Float64Array): readonly Place[] =>
  Array.from(lon, (degrees, i) => ({ longitude: degrees, latitude: lat[i] ?? Number.NaN }));

const flagOf = ({ longitude, latitude }: Place): number => {
  if (Number.isNaN(longitude) && Number.isNaN(latitude)) return FLAG.MISSING;
  const isPlace = Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
  return isPlace ? FLAG.GOOD : FLAG.FAIL;
};

/**
 * QARTOD location test (ioos_qc `location_test`): coordinates outside the globe, and a place with one coordinate, are FAIL.
 * @param lon degrees; NaN is missing
 * @param lat degrees; NaN is missing
 * @throws RangeError when the columns have different lengths
 */
export const location = (
  lon: Float64Array,
  lat: Float64Array,
  { farthest = Number.POSITIVE_INFINITY, method }: Location = {},
): Uint8Array => {
  if (lon.length !== lat.length) throw new RangeError('longitude and latitude have different lengths');
  const places = placesOf(lon, lat);
  return Uint8Array.from(places, (place, i) => {
    const flag = flagOf(place);
    const before = places[i - 1];
    if (flag !== FLAG.GOOD || before === undefined) return flag;
    return distanceBetween(before, place, method) > farthest ? FLAG.SUSPECT : flag;
  });
};
