import { closeSync, openSync } from 'node:fs';
import type { Round } from '#test/acceptance/round.ts';
import { TEST_CLOCKS } from '#test/runner/clocks.ts';
import { runUnder, UNDER_ANY_CLOCK } from '#test/runner/passes.ts';
import { runVitest, writeCounts } from '#test/runner/vitest.ts';

/** The fast and browser tests under every clock and zone. Suites on influxd, which keeps its own, are left to `npm test`. */
export const clocks: readonly Round[] = TEST_CLOCKS.map((clock) => ({
  name: `clock-${clock.name}`,
  summary: `${UNDER_ANY_CLOCK.join(' and ')} tests, ${clock.summary}`,
  run: async ({ log }) => {
    const output = openSync(log, 'w');
    try {
      const results = await runVitest({ ...runUnder(clock), output });
      const statuses = [...results.values()];
      const hasPassed = statuses.includes('passed') && !statuses.includes('failed');
      return { hasPassed, found: writeCounts(results) };
    } finally {
      closeSync(output);
    }
  },
}));
