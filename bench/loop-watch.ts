/** Loaded into a process under test with `--import`: notes how long its event loop is held, a line each 100 ms. */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { env } from 'node:process';
import { LOOP_FILE, NOTED_EVERY } from './loop-delay.ts';
import { systemClock } from '#model/base/clock.ts';

const path = env[LOOP_FILE];
if (path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  systemClock.every(NOTED_EVERY, () => {
    appendFileSync(path, `${JSON.stringify({ at: systemClock.now(), max: delay.max / 1e6 })}\n`);
    delay.reset();
  });
}
