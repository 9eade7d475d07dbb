/** Ends what was started, in reverse order, whatever happens between. */
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
