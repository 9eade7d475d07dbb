import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#model/base/clock.ts';
import { environmentOf, type TestClock } from './clocks.ts';
import type { VitestRun } from './vitest.ts';

/** Projects that must pass under every clock; `fast` holds the contract suites. */
export const UNDER_ANY_CLOCK = ['fast', 'browser'] as const;

/** Folders of other projects, which run by the clock of the machine. */
const BY_THE_MACHINE = ['test/system/', 'bench/'];
/** Ways in which a test file starts a real influxd. */
const INFLUXD = /#test\/support\/(?:servers\/influxd|builders\/store-harness)\.ts'/;

/** Files under `UNDER_ANY_CLOCK` in which suites work on a real influxd. */
export const filesOnInfluxd = (): readonly string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((name) => join('test', name))
    .filter((file) => file.endsWith('.test.ts') && !BY_THE_MACHINE.some((folder) => file.startsWith(folder)))
    .filter((file) => INFLUXD.test(readFileSync(file, 'utf8')));

/** The tests that can run under this clock, from now on. */
export const runUnder = (clock: TestClock): VitestRun => ({
  projects: UNDER_ANY_CLOCK,
  env: environmentOf(clock, systemClock.now()),
  ...(clock.beginAt === undefined ? {} : { tags: '!influxd' }),
});

/** All other tests, by the clock of the machine. */
export const runBeside = (clock: TestClock): VitestRun =>
  clock.beginAt === undefined
    ? { projects: ['system'] }
    : { projects: ['system', ...UNDER_ANY_CLOCK], files: ['test/system/', ...filesOnInfluxd()] };
