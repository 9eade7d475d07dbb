/** Median of at least one number; the mean of the two in the middle where their count is even. NaN of none. */
export const median = (values: readonly number[]): number => medianOfSorted(values.toSorted((a, b) => a - b));

/** The same of numbers that are in ascending order already. */
export const medianOfSorted = (sorted: ArrayLike<number>): number => {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  if (!Number.isInteger(middle)) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};
