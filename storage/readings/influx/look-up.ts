import { hours } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { TIMED_BY, type TimedBy } from '#model/readings/reading.ts';
import { keyOf, type ReadingKey, type StoredValue } from '#storage/readings/store.ts';
import { identifier } from './place.ts';
import { literal, numbersOf, timeLiteral, type Ask, type InfluxSeries } from './influxql.ts';
import { TIMED_BY_FIELD } from './point.ts';

/** Keys of one series that lie further apart are looked up apart, so that the time between is not read. */
const LONGEST_GAP = hours(6);
const STATEMENTS_PER_REQUEST = 50;

interface LookUpSpan {
  readonly keys: readonly ReadingKey[];
  readonly low: Instant;
  readonly high: Instant;
}

const spansOf = (keys: readonly ReadingKey[]): readonly LookUpSpan[] => {
  const spans: ReadingKey[][] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (const key of keys.toSorted((a, b) => a.observedAt - b.observedAt)) {
    if (key.observedAt - previous > LONGEST_GAP.ms) spans.push([]);
    spans.at(-1)?.push(key);
    previous = key.observedAt;
  }
  return spans.map((span) => ({ keys: span, low: span[0]?.observedAt ?? 0, high: span.at(-1)?.observedAt ?? 0 }));
};

const select = ({ keys, low, high }: LookUpSpan): string => {
  const [key] = keys;
  if (key === undefined) return '';
  const fields = [...new Set([...keys.map(({ property }) => property), TIMED_BY_FIELD])].map(identifier).join(', ');
  return `SELECT ${fields} FROM ${identifier(key.family)} WHERE "device" = ${literal(key.device)}
    AND "station" = ${literal(key.station)} AND time >= ${timeLiteral(low)} AND time <= ${timeLiteral(high)}`;
};

/** A span may hold far more points than keys: only those at the time of a key are looked at. */
const collect = ({ keys }: LookUpSpan, series: readonly InfluxSeries[], found: Map<string, StoredValue>): void => {
  const wanted = new Set(keys.map(keyOf));
  const times = new Set(keys.map(({ observedAt }) => observedAt));
  const device = keys[0]?.device ?? '';
  for (const each of series) {
    const sources = new Map<Instant, TimedBy | undefined>();
    const cells = [...numbersOf(each, (at) => times.has(at))];
    for (const { time, column, value } of cells) if (column === TIMED_BY_FIELD) sources.set(time, TIMED_BY[value]);
    for (const { time, column, value } of cells) {
      const key = keyOf({ device, property: column, observedAt: time });
      if (wanted.has(key)) found.set(key, { value, timedBy: sources.get(time) ?? 'device' });
    }
  }
};

/** The values under the keys: one statement for each device and span of time. */
export const lookUpPoints = async (
  ask: Ask,
  keys: readonly ReadingKey[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredValue>> => {
  const groups = Map.groupBy(keys, (key) => `${key.device}\t${key.family}\t${key.station}`);
  const spans = [...groups.values()].flatMap(spansOf);
  const found = new Map<string, StoredValue>();
  for (let start = 0; start < spans.length; start += STATEMENTS_PER_REQUEST) {
    const some = spans.slice(start, start + STATEMENTS_PER_REQUEST);
    const results = await ask(some.map(select).join('; '), signal);
    for (const [index, span] of some.entries()) collect(span, results[index] ?? [], found);
  }
  return found;
};
