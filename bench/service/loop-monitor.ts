/** Loaded into a process under test with `--import`: writes the longest block of its event loop, one line every 100 ms. */
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { env } from 'node:process';
import { LOOP_FILE, WRITE_EVERY } from './loop-delay.ts';
import { systemClock } from '#model/base/clock.ts';

const path = env[LOOP_FILE];
if (path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  systemClock.every(WRITE_EVERY, () => {
    appendFileSync(path, `${JSON.stringify({ at: systemClock.now(), max: delay.max / 1e6 })}\n`);
    delay.reset();
  });
}
