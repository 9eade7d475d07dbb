import type { Round } from '#test/acceptance/round.ts';
import { runProgram } from '#test/acceptance/run-program.ts';

const ROUNDS = 50;

/** The soak of devices over a store, for longer than in `npm test`. */
const roundOver = (store: 'duckdb' | 'influx'): Round => ({
  name: `soak-devices-${store}`,
  summary: `${ROUNDS} rounds of npm run soak -- devices over ${store}`,
  run: async ({ log }) => {
    const soak = ['test/soak/run.ts', 'devices', '--rounds', `${ROUNDS}`, '--store', store];
    const program = ['--disable-warning=ExperimentalWarning', ...soak];
    const { hasPassed, line } = await runProgram(log, program, /^devices over .*$/m);
    return { hasPassed, found: line ?? 'it broke off' };
  },
});

export const devices: readonly Round[] = [roundOver('duckdb'), roundOver('influx')];
