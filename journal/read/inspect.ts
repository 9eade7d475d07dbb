import type { Instant } from '#model/base/instant.ts';
import { frameReceivedAt, seedOf } from '#journal/format/frame.ts';
import { readIdentity } from '#journal/format/identity.ts';
import type { DamagedRange } from '#journal/journal.ts';
import type { SequenceGap } from '#journal/format/sequence-gap.ts';
import { readPosition } from '#journal/format/position.ts';
import { listSegments } from '#journal/format/segment.ts';
import { walkEntries } from './walk.ts';

/** What a look through all of a journal found. */
export interface Inspection {
  readonly id: string;
  readonly first: number;
  /** Newest synced entry. */
  readonly last: number;
  readonly entries: number;
  /** Arrival of the last entry, by the clock of then; undefined where there are no entries. */
  readonly newest: Instant | undefined;
  readonly damaged: readonly DamagedRange[];
  /** Numbers that were never given out, after restores. */
  readonly leaps: readonly SequenceGap[];
}

/**
 * Reads every synced entry of a journal, which may be written meanwhile: checksums, and numbers without a gap.
 * @returns undefined when there is no journal yet
 * @throws Fault `JOURNAL_DAMAGED` or `DATA_NEWER` when its id cannot be read, `JOURNAL_TRIMMED` (look again) when what was
 * to be read was trimmed meanwhile
 */
export const inspectJournal = async (
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Inspection | undefined> => {
  const identity = await readIdentity(folder);
  const to = readPosition(folder);
  if (identity === undefined || to === undefined) return undefined;
  const { id, leaps } = identity;
  const first = (await listSegments(folder))[0] ?? to.last + 1;
  const damaged: DamagedRange[] = [];
  let entries = 0;
  let newest: Instant | undefined;
  if (first <= to.last) {
    await walkEntries({ folder, seed: seedOf(id), leaps, to }, first - 1, undefined, {
      frame: (chunk, at, _sequence, length) => {
        entries += 1;
        newest = frameReceivedAt(chunk, at);
        onBytes(length);
        return !signal.aborted;
      },
      damage: (range) => void damaged.push(range),
    });
  }
  return { id, first, last: to.last, entries, newest, damaged, leaps };
};
