import { meanWind, type Wind } from '#science/windows/wind.ts';
import type { WindowOfHours } from './mean-of-hours.ts';
import type { AggregateQuery, Store, StoredReading } from './store.ts';
import { endOfWindow, startOfWindow, windowsFor } from './window.ts';

/** The samples of one window of one device. */
interface Group {
  readonly start: number;
  readonly device: string;
  readonly samples: Wind[];
}

const rowsOf = async (
  store: Pick<Store, 'read'>,
  { station, family, from, to, flags }: AggregateQuery,
  property: string,
  signal: AbortSignal,
): Promise<readonly StoredReading[]> => {
  const query = { station, family, property, from, to, flags, after: undefined, limit: undefined };
  return (await Array.fromAsync(store.read(query, signal))).flat();
};

const keyOf = ({ device, observedAt }: StoredReading): string => `${device}\t${observedAt}`;

const groupsOf = (
  directions: readonly StoredReading[],
  speeds: ReadonlyMap<string, number>,
  query: AggregateQuery,
): readonly Group[] => {
  const windows = windowsFor(query);
  const groups = new Map<string, Group>();
  for (const row of directions) {
    const speed = speeds.get(keyOf(row));
    if (speed === undefined) continue;
    const start = startOfWindow(row.observedAt, windows);
    const key = `${start}\t${row.device}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { start, device: row.device, samples: [] }));
    group.samples.push({ direction: row.value, speed });
  }
  return [...groups.values()];
};

/**
 * Mean directions, each value with the speed of the same observation as its weight. A calm has no direction and is counted. A value
 * without a speed is left out; where no value has a speed, there are no windows. The value is NaN where no direction is left.
 * @throws Fault of the store
 */
export const readWeightedMeans = async (
  store: Pick<Store, 'read'>,
  query: AggregateQuery & { readonly weight: string },
  signal: AbortSignal,
): Promise<readonly WindowOfHours[]> => {
  const speeds = new Map<string, number>();
  for (const row of await rowsOf(store, query, query.weight, signal)) speeds.set(keyOf(row), row.value);
  const windows = windowsFor(query);
  return groupsOf(await rowsOf(store, query, query.property, signal), speeds, query)
    .map(({ start, device, samples }) => {
      const { direction = Number.NaN, speed, calms } = meanWind(samples);
      const end = endOfWindow(start, windows);
      const { property } = query;
      return { start, end, device, property, value: direction, count: samples.length, wind: { speed, calms } };
    })
    .toSorted((a, b) => a.start - b.start || (a.device < b.device ? -1 : Number(a.device > b.device)));
};
