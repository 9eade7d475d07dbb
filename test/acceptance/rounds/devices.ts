import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Round } from '#test/acceptance/round.ts';

const ROUNDS = 50;

/** The soak of devices over a store, for longer than in `npm test`. */
const roundOver = (store: 'duckdb' | 'influx'): Round => ({
  name: `soak-devices-${store}`,
  summary: `${ROUNDS} rounds of npm run soak -- devices over ${store}`,
  run: async ({ log }) => {
    const output = openSync(log, 'w');
    try {
      const soak = ['test/soak/run.ts', 'devices', '--rounds', `${ROUNDS}`, '--store', store];
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...soak], {
        stdio: ['ignore', output, output],
      });
      const [status] = await once(child, 'exit');
      const verdict = /^devices over .*$/m.exec(readFileSync(log, 'utf8'))?.[0];
      return { hasPassed: status === 0, found: verdict ?? 'it broke off' };
    } finally {
      closeSync(output);
    }
  },
});

export const devices: readonly Round[] = [roundOver('duckdb'), roundOver('influx')];
