import type { DamagedRange } from '#journal/journal.ts';

/**
 * A stretch of numbers that was never given out here, because a journal that was restored from a backup goes on far
 * behind the numbers that its original may have given out since. So a number still names one entry for ever.
 */
export interface SequenceGap {
  /** The last entry of the backup. */
  readonly after: number;
  /** The first entry that was taken in after it was restored. */
  readonly next: number;
}

/** A rate of 100,000 entries a second takes four months to come this far. */
const LEAST = 2 ** 40;

/** A leap behind an entry; two restores of one backup do not land in the same place. */
export const gapBehind = (after: number, random: () => number): SequenceGap => ({
  after,
  next: after + LEAST + Math.floor(random() * LEAST),
});

/** What is missing between two entries, where that is more than a leap. */
export const missingIn = (range: DamagedRange, leaps: readonly SequenceGap[]): DamagedRange | undefined => {
  const leap = leaps.find(({ after, next }) => after >= range.from - 1 && next <= range.to + 1);
  if (leap === undefined) return range;
  return leap.after < range.from ? undefined : { ...range, to: leap.after };
};

/** The number behind an entry, over the leaps that begin there: a copy that took nothing in may have been copied again. */
export const nextBehind = (last: number, leaps: readonly SequenceGap[]): number =>
  leaps.reduce((next, leap) => (next > leap.after && next <= leap.next ? leap.next : next), last + 1);

/** How many numbers behind one, up to another, were given out: how far a reader there is behind. */
export const givenOut = (after: number, through: number, leaps: readonly SequenceGap[]): number =>
  leaps.reduce((count, leap) => {
    const skipped = Math.min(through, leap.next - 1) - Math.max(after, leap.after);
    return count - Math.max(0, skipped);
  }, through - after);

/** Whether a number lies within a leap: a cursor that stands there belongs to the original. */
export const isSkipped = (sequence: number, leaps: readonly SequenceGap[]): boolean =>
  leaps.some(({ after, next }) => sequence > after && sequence < next - 1);
