import type { Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { RawQuery, ReadingKey, Store, StoreBatch, StoredReading } from '#storage/readings/store.ts';
import { columnsOf } from '#model/readings/columns.ts';

/** 2026-11-24T03:00:00Z, in the middle of a morning in Purbalingga. */
export const MORNING: Instant = 1_795_489_200_000;

let sequence = 0;

/** A good reading of PM2.5 in the morning, but for what is given. Each has a sequence of its own. */
export const aReading = (given: Partial<Qualified> = {}): Qualified => {
  sequence += 1;
  return {
    device: 'dev-1',
    station: 'ST1',
    family: 'air',
    property: 'pm2_5',
    value: 38.5,
    flag: 1,
    tests: 1,
    observedAt: MORNING,
    receivedAt: MORNING + 1_000,
    sequence,
    place: '/values/pm2_5',
    timedBy: 'device',
    ...given,
  };
};

/** A batch of readings, new unless told otherwise, over the range of their sequences. */
export const aBatch = (readings: readonly Qualified[], given: Partial<StoreBatch> = {}): StoreBatch => {
  const sequences = readings.map((reading) => reading.sequence);
  return {
    journal: 'j-1',
    from: sequences.reduce((low, each) => Math.min(low, each)),
    to: sequences.reduce((high, each) => Math.max(high, each)),
    readings: columnsOf(readings),
    revised: new Set(),
    isRepeat: false,
    ...given,
  };
};

export const aQuery = (given: Partial<RawQuery> = {}): RawQuery => ({
  station: 'ST1',
  family: 'air',
  property: undefined,
  from: 0,
  to: MORNING * 2,
  flags: [1, 2, 3, 4],
  after: undefined,
  limit: undefined,
  ...given,
});

export const never = new AbortController().signal;

/** All rows of a query in one array. */
export const rowsOf = async (store: Store, given: Partial<RawQuery> = {}): Promise<readonly StoredReading[]> =>
  (await Array.fromAsync(store.read(aQuery(given), never))).flat();

/** The expected form of a reading when it is read back. */
export const storedFrom = ({
  device,
  property,
  observedAt,
  value,
  flag,
  tests,
  timedBy,
}: Qualified): StoredReading => ({
  device,
  property,
  observedAt,
  value,
  flag,
  tests,
  timedBy,
});

export const keyFrom = ({ device, family, station, property, observedAt }: Qualified): ReadingKey => ({
  device,
  family,
  station,
  property,
  observedAt,
});
