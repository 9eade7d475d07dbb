import { Fault } from '#model/base/fault.ts';
import type { BoardPoint, BoardSeriesWriter } from '#storage/readings/board-series.ts';
import { outcomeOf, wordsOf } from './answer.ts';
import { escapeName } from './point.ts';
import type { Writer } from './write.ts';

/** Points of one request: the body stays far below what any InfluxDB refuses as too large. */
const POINTS_PER_REQUEST = 5_000;

const textOf = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

const isWritable = (value: number | string): boolean => typeof value === 'string' || Number.isFinite(value);

/** One line of line protocol, or none where the point has no fields. Empty tags do not exist in InfluxDB. */
const sideLineOf = ({ measurement, tags, fields, at }: BoardPoint): string | undefined => {
  const named = Object.entries(tags).filter(([, value]) => value !== '');
  const written = Object.entries(fields)
    .filter(([, value]) => isWritable(value))
    .map(([name, value]) => `${escapeName(name)}=${typeof value === 'string' ? textOf(value) : value}`);
  if (written.length === 0) return undefined;
  const series = [escapeName(measurement), ...named.map(([name, value]) => `${escapeName(name)}=${escapeName(value)}`)];
  return `${series.join(',')} ${written.join(',')} ${at}`;
};

/** Side series through the path that readings take, but with no look for the line that offends. */
export const sideSeriesOf = ({ place, post }: Writer): BoardSeriesWriter => ({
  write: async (points, signal) => {
    const lines = points.map(sideLineOf).filter((line) => line !== undefined);
    for (let start = 0; start < lines.length; start += POINTS_PER_REQUEST) {
      const answer = await post(lines.slice(start, start + POINTS_PER_REQUEST).join('\n'), signal);
      const outcome = outcomeOf(answer, place);
      if (outcome instanceof Fault) throw outcome;
      if (outcome !== 'accepted')
        throw new Fault('STORE_REFUSED', `${place.url} refuses board series: ${wordsOf(answer)}`);
    }
  },
});
