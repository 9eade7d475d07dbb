import { FLAG, parseFlag, worst } from '#model/readings/flag.ts';

/**
 * QARTOD aggregate (ioos_qc `qartod_compare`): the flag of each value that stands highest in 9, 2, 1, 3, 4. GOOD says only
 * that the tests that ran have passed.
 * @param columns flags of several tests for the same values
 */
export const aggregate = (columns: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(columns[0] ?? [], (_, i) =>
    columns.map((flags) => parseFlag(flags[i] ?? FLAG.MISSING) ?? FLAG.MISSING).reduce(worst),
  );
