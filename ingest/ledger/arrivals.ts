import type { JournalReader, ReceivedCount, ReceivedCounts } from '#journal/journal.ts';
import { countingWaiting } from './backlog-count.ts';

/** Hours of arrival, whole hours since 1970, inclusive. */
export interface Hours {
  readonly fromHour: number;
  readonly toHour: number;
}

/** Packets counted by the broker at arrival, and those of them that wait behind the cursor of the storing reader. */
export interface Arrivals {
  readonly received: ReceivedCounts;
  readonly waiting: readonly ReceivedCount[];
}

/** @throws Fault `BROKER_UNREACHABLE` (retry): what was received is known to the broker alone */
export type CountArrivals = (after: number, hours: Hours) => Promise<Arrivals>;

export interface ArrivalsDeps {
  readonly reader: Pick<JournalReader, 'count'>;
  /** The broker's own counts, of the hours asked for. */
  readonly received: (fromHour: number, toHour: number) => Promise<ReceivedCounts>;
}

export const countingArrivals = ({ reader, received }: ArrivalsDeps): CountArrivals => {
  const countWaiting = countingWaiting(reader);
  return async (after, { fromHour, toHour }) => {
    const counts = await received(fromHour, toHour);
    return { received: counts, waiting: await countWaiting(after, counts.through) };
  };
};
