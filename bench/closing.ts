/** Runs the work, then stops the started parts in reverse order, also after a failure. */
export const withClosing = async <T>(
  work: (closing: { add(stop: () => Promise<void> | void): void }) => Promise<T>,
): Promise<T> => {
  const stops: (() => Promise<void> | void)[] = [];
  try {
    return await work({ add: (stop) => void stops.push(stop) });
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
};
