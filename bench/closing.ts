type Stop = () => Promise<void> | void;

/** The stops of parts that a row of the benchmark has started. */
export interface Closing {
  add(stop: Stop): void;
  /** Gives the part back, which is stopped at the end. */
  use<T extends { readonly stop: Stop }>(part: T): T;
}

/** Runs the work, then stops the started parts in reverse order, also after a failure. */
export const withClosing = async <T>(work: (closing: Closing) => Promise<T>): Promise<T> => {
  const stops: Stop[] = [];
  const add = (stop: Stop): void => void stops.push(stop);
  try {
    return await work({
      add,
      use: (part) => {
        add(() => part.stop());
        return part;
      },
    });
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
};
