import type { DamagedRange } from '#journal/journal.ts';

/**
 * A range of numbers that were never assigned. A journal that was restored from a backup continues far after the numbers that its
 * original may have assigned since, so that a number identifies one entry for ever.
 */
export interface SequenceGap {
  /** The last entry of the backup. */
  readonly after: number;
  /** The first entry after the restore. */
  readonly next: number;
}

/** Smallest gap: 100,000 entries per second take four months to fill it. */
const MIN_GAP = 2 ** 40;

/** A gap after an entry, of random length: two restores of one backup do not continue at the same number. */
export const gapAfter = (after: number, random: () => number): SequenceGap => ({
  after,
  next: after + MIN_GAP + Math.floor(random() * MIN_GAP),
});

/** The missing entries of a range, without a gap. Undefined when all of it is a gap. */
export const missingIn = (range: DamagedRange, gaps: readonly SequenceGap[]): DamagedRange | undefined => {
  const gap = gaps.find(({ after, next }) => after >= range.from - 1 && next <= range.to + 1);
  if (gap === undefined) return range;
  return gap.after < range.from ? undefined : { ...range, to: gap.after };
};

/** The number after an entry, over the gaps that start there: a copy without new entries may have been copied again. */
export const nextAfter = (last: number, gaps: readonly SequenceGap[]): number =>
  gaps.reduce((next, gap) => (next > gap.after && next <= gap.next ? gap.next : next), last + 1);

/** Number of assigned numbers in `(after, through]`: the backlog of a reader at `after`. */
export const assignedBetween = (after: number, through: number, gaps: readonly SequenceGap[]): number =>
  gaps.reduce((count, gap) => {
    const skipped = Math.min(through, gap.next - 1) - Math.max(after, gap.after);
    return count - Math.max(0, skipped);
  }, through - after);

/** True for a number within a gap: a cursor with it belongs to the original. */
export const isSkipped = (sequence: number, gaps: readonly SequenceGap[]): boolean =>
  gaps.some(({ after, next }) => sequence > after && sequence < next - 1);
