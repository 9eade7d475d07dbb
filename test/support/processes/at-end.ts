import { onTestFailed, onTestFinished } from 'vitest';

type Call = () => unknown;

/** Of a run outside of tests; undefined inside of them. */
let run: { readonly ends: Call[]; readonly failures: Call[] } | undefined;

/** Does something when the running test has finished, or the run outside of tests. The last that was given comes first. */
export const atEnd = (call: Call): void => {
  if (run === undefined) onTestFinished(async () => void (await call()));
  else run.ends.push(call);
};

/** Does something only when the test, or the run, has failed. */
export const atFailure = (call: Call): void => {
  if (run === undefined) onTestFailed(() => void call());
  else run.failures.push(call);
};

/** Does work with the means of tests, and ends what it has started. One at a time. */
export const outsideOfTests = async <T>(work: () => Promise<T>): Promise<T> => {
  const own = { ends: [] as Call[], failures: [] as Call[] };
  run = own;
  try {
    return await work();
  } catch (error) {
    for (const call of own.failures) await call();
    throw error;
  } finally {
    for (const call of own.ends.toReversed()) await call();
    run = undefined;
  }
};
