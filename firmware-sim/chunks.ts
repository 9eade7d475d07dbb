/**
 * Keeps the last few results of a costly pure function of an index (a day, a stretch of steps). A signal that is asked
 * in the order of time computes each stretch once; one that is asked here and there gives the same values, slower.
 */
export const createChunks = <T>(compute: (index: number) => T, keep = 3): ((index: number) => T) => {
  const kept = new Map<number, T>();
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const computed = compute(index);
    kept.set(index, computed);
    const [oldest] = kept.keys();
    if (kept.size > keep && oldest !== undefined) kept.delete(oldest);
    return computed;
  };
};
