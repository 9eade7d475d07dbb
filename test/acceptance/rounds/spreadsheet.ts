import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Round } from '#test/acceptance/round.ts';

/** A month of one device that reports every six seconds. */
const MONTH = 432_000;

/** The test of `npm test` with a file of a month, which LibreOffice converts for minutes. */
export const spreadsheet: Round = {
  name: 'spreadsheet-month',
  summary: `a CSV of ${MONTH.toLocaleString('en')} rows, opened by LibreOffice`,
  run: async ({ log }) => {
    const output = openSync(log, 'w');
    try {
      const test = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'system', 'test/system/spreadsheet.test.ts'];
      const child = spawn(process.execPath, test, {
        stdio: ['ignore', output, output],
        env: { ...process.env, TEST_CSV_ROWS: `${MONTH}`, NO_COLOR: '1' },
      });
      const [status] = await once(child, 'exit');
      const found = /^ +Tests .*$/m.exec(readFileSync(log, 'utf8'))?.[0].trim();
      return { hasPassed: status === 0 && found?.includes('skipped') === false, found: found ?? 'it broke off' };
    } finally {
      closeSync(output);
    }
  },
};
