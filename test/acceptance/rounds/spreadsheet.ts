import type { Round } from '#test/acceptance/round.ts';
import { runProgram } from '#test/acceptance/run-program.ts';

/** A month of one device that reports every six seconds. */
const MONTH = 432_000;
const TEST = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'system', 'test/system/spreadsheet.test.ts'];

/** The test of `npm test` with a file of a month, which LibreOffice converts for minutes. */
export const spreadsheet: Round = {
  name: 'spreadsheet-month',
  summary: `a CSV of ${MONTH.toLocaleString('en')} rows, opened by LibreOffice`,
  run: async ({ log }) => {
    const env = { TEST_CSV_ROWS: `${MONTH}`, NO_COLOR: '1' };
    const { hasPassed, line } = await runProgram(log, TEST, /^ +Tests .*$/m, env);
    return { hasPassed: hasPassed && line?.includes('skipped') === false, found: line ?? 'it broke off' };
  },
};
