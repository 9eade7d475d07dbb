import type { JournalReader, ReceivedCount } from '#journal/journal.ts';
import { Fault } from '#model/base/fault.ts';

/** Packets in `(after, through]`, by sender and hour of arrival. */
interface BacklogSums {
  readonly after: number;
  readonly through: number;
  readonly counts: ReadonlyMap<string, ReceivedCount>;
}

const NOTHING: ReadonlyMap<string, ReceivedCount> = new Map();

const adding = (
  sums: ReadonlyMap<string, ReceivedCount>,
  more: readonly ReceivedCount[],
  sign: 1 | -1,
): ReadonlyMap<string, ReceivedCount> => {
  const added = new Map(sums);
  for (const { sender, hour, count } of more) {
    const key = `${sender}\t${hour}`;
    const sum = (added.get(key)?.count ?? 0) + sign * count;
    if (sum === 0) added.delete(key);
    else added.set(key, { sender, hour, count: sum });
  }
  return added;
};

/**
 * Counts what waits, as `JournalReader.count` does, and remembers the last answer: of a backlog of millions only what
 * came and what was taken since is read. Calls follow each other.
 */
export const countingWaiting = ({
  count,
}: Pick<JournalReader, 'count'>): ((after: number, through: number) => Promise<readonly ReceivedCount[]>) => {
  let last: BacklogSums | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const anew = async (after: number, through: number): Promise<BacklogSums> => ({
    after,
    through,
    counts: adding(NOTHING, await count(after, through), 1),
  });

  /** Undefined where going on from the last answer would read more than counting anew, or cannot be done. */
  const goingOn = async (after: number, through: number): Promise<BacklogSums | undefined> => {
    if (last === undefined || after < last.after || through < last.through) return undefined;
    if (after - last.after >= last.through - after) return undefined;
    try {
      const taken = after === last.after ? [] : await count(last.after, after);
      const came = through === last.through ? [] : await count(last.through, through);
      return { after, through, counts: adding(adding(last.counts, taken, -1), came, 1) };
    } catch (error) {
      // entries taken since then may have been trimmed
      if (error instanceof Fault && error.code === 'JOURNAL_TRIMMED') return undefined;
      throw error;
    }
  };

  const next = async (after: number, through: number): Promise<readonly ReceivedCount[]> => {
    last = (await goingOn(after, through)) ?? (await anew(after, through));
    return [...last.counts.values()];
  };

  return (after, through) => {
    const counted = turn.then(() => next(after, through));
    turn = counted.catch(() => undefined);
    return counted;
  };
};
