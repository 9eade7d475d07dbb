import { hourOf } from '#model/base/instant.ts';
import { frameReceivedAt, frameSender, isReadings } from '#journal/format/frame.ts';
import type { ReceivedCount } from '#journal/journal.ts';
import type { Visitor } from '#journal/read/scan.ts';
import { type JournalPlace, type Walk, walkEntries } from '#journal/read/walk.ts';

/** Entries to count: those in `(after, through]`. */
export interface CountedRange {
  readonly walk: Walk;
  readonly after: number;
  readonly through: number;
  /** Place of the first entry, when it is known. */
  readonly from?: JournalPlace | undefined;
}

/**
 * Counts packets of kind `readings` by sender and hour of arrival.
 * @throws Fault `JOURNAL_TRIMMED`
 */
export const countEntries = async ({ walk, after, through, from }: CountedRange): Promise<readonly ReceivedCount[]> => {
  const counter = createCounter(through);
  await walkEntries(walk, after, from, counter.visitor);
  return counter.counts();
};

const createCounter = (through: number): { readonly visitor: Visitor; counts(): ReceivedCount[] } => {
  const hours = new Map<number, Map<string, number>>();
  const add = (hour: number, sender: string): void => {
    const senders = hours.get(hour) ?? new Map<string, number>();
    senders.set(sender, (senders.get(sender) ?? 0) + 1);
    hours.set(hour, senders);
  };
  return {
    visitor: {
      frame: (chunk, at, sequence) => {
        if (sequence <= through && isReadings(chunk, at)) {
          add(hourOf(frameReceivedAt(chunk, at)), frameSender(chunk, at));
        }
        return sequence < through;
      },
      damage: () => undefined,
    },
    counts: () =>
      [...hours].flatMap(([hour, senders]) => [...senders].map(([sender, count]) => ({ sender, hour, count }))),
  };
};
