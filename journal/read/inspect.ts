import type { Instant } from '#model/base/instant.ts';
import { frameReceivedAt, seedOf } from '#journal/format/frame.ts';
import { readIdentity } from '#journal/format/identity.ts';
import type { DamagedRange } from '#journal/journal.ts';
import type { SequenceGap } from '#journal/format/sequence-gap.ts';
import { readPosition } from '#journal/format/position.ts';
import { listSegments } from '#journal/format/segment.ts';
import { walkEntries } from './walk.ts';

/** Result of the inspection of a whole journal. */
export interface Inspection {
  readonly id: string;
  readonly first: number;
  /** Newest synced entry. */
  readonly last: number;
  readonly entries: number;
  /** Arrival of the last entry. Undefined without entries. */
  readonly newest: Instant | undefined;
  readonly damaged: readonly DamagedRange[];
  /** Ranges of numbers that were never assigned, after restores. */
  readonly gaps: readonly SequenceGap[];
}

/**
 * Reads all synced entries of a journal, also while it is written: checks checksums and dense numbers.
 * @returns undefined before the journal is created
 * @throws Fault `JOURNAL_DAMAGED` or `DATA_NEWER` when its id cannot be read, `JOURNAL_TRIMMED` (inspect again) when a segment
 * was deleted meanwhile
 */
export const inspectJournal = async (
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Inspection | undefined> => {
  const identity = await readIdentity(folder);
  const to = readPosition(folder);
  if (identity === undefined || to === undefined) return undefined;
  const { id, gaps } = identity;
  const first = (await listSegments(folder))[0] ?? to.last + 1;
  const damaged: DamagedRange[] = [];
  let entries = 0;
  let newest: Instant | undefined;
  if (first <= to.last) {
    await walkEntries({ folder, seed: seedOf(id), gaps, to }, first - 1, undefined, {
      frame: (chunk, at, _sequence, length) => {
        entries += 1;
        newest = frameReceivedAt(chunk, at);
        onBytes(length);
        return !signal.aborted;
      },
      damage: (range) => void damaged.push(range),
    });
  }
  return { id, first, last: to.last, entries, newest, damaged, gaps };
};
