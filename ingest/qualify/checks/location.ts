import type { Check, CheckedSeries } from '#ingest/qualify/check.ts';
import { type Flag, FLAG, parseFlag } from '#model/readings/flag.ts';
import { shiftOf } from '#model/quality/quality-tests.ts';
import { location as locationOf } from '#science/quality/location.ts';

const SHIFT = shiftOf('location');

const flagOf = ({ station: { lat, lon } }: CheckedSeries): Flag => {
  if (lat === 0 && lon === 0) return FLAG.SUSPECT;
  const [flag] = locationOf(Float64Array.of(lon), Float64Array.of(lat));
  return parseFlag(flag ?? 0) ?? FLAG.UNKNOWN;
};

/**
 * Location (QARTOD) of the registered station: outside the globe is FAIL. Latitude 0 and longitude 0 together are SUSPECT: a
 * receiver without a position gives them.
 */
export const location: Check = {
  name: 'location',
  flag: ({ readings, series }, flags) => {
    const places = series.map((one) => (one === undefined ? FLAG.UNKNOWN : flagOf(one)));
    for (let row = 0; row < readings.length; row += 1) {
      flags.note(row, SHIFT, places[readings.series[row] ?? -1] ?? FLAG.UNKNOWN);
    }
  },
};
