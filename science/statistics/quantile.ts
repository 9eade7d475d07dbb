/**
 * Quantile of ascending numbers by linear interpolation between two ranks, as SQL's `quantile_cont`; NaN of none.
 * @param share from 0 to 1
 */
export const quantileOfSorted = (sorted: ArrayLike<number>, share: number): number => {
  const rank = (sorted.length - 1) * share;
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
};
