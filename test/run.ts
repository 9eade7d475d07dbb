/** `npm test`: everything that needs no container. `TEST_CLOCK` names another clock or zone, or is `random`. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { TEST_CLOCKS, type TestClock } from './runner/clocks.ts';
import { runBeside, runUnder } from './runner/passes.ts';
import { influxServers } from './runner/influx-servers.ts';
import { mergeResults, runVitest, type TestResults, writeCounts } from './runner/vitest.ts';

/** A program of the real world that some tests need, and the Debian packages that bring it. */
interface Part {
  readonly program: string;
  readonly packages: readonly string[];
  readonly proves: string;
}

const PARTS: readonly Part[] = [
  { program: 'influxd', packages: ['influxdb', 'influxdb-client'], proves: 'the InfluxDB store on a real server' },
  { program: 'mosquitto_pub', packages: ['mosquitto-clients'], proves: 'the MQTT door with a foreign client' },
  { program: 'openssl', packages: ['openssl'], proves: 'client certificates of a real authority' },
  { program: 'faketime', packages: ['faketime'], proves: 'service and console under clocks that are wrong or jump' },
  { program: 'chromium', packages: ['chromium'], proves: 'the pages in a real browser' },
];

/** Ten minutes: a slow mirror is waited for, a dead one is not. */
const INSTALL_MS = 600_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const aptGet = (...words: readonly string[]): boolean => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }; // at run level 1 no service is started
  const done = spawnSync('apt-get', ['-q', '-y', ...words], { env, timeout: INSTALL_MS, stdio: ['ignore', 2, 2] });
  return done.status === 0;
};

/** Installs what is missing where that is ours to do: as root on Debian. */
const install = (missing: readonly Part[]): void => {
  const packages = missing.flatMap((part) => part.packages);
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    say(`Not root on Debian, so this is not installed: ${packages.join(' ')}`);
    return;
  }
  say(`Installing with apt-get: ${packages.join(' ')}`);
  if (!aptGet('update') || !aptGet('install', '--no-install-recommends', ...packages)) {
    say('apt-get failed; the tests go on without.');
  }
};

/** The clock that `TEST_CLOCK` names; that of the machine where it is not set. */
const clockNamed = (name: string): TestClock | undefined => {
  if (name === '') return undefined;
  const clock =
    name === 'random'
      ? TEST_CLOCKS[Math.floor(Math.random() * TEST_CLOCKS.length)]
      : TEST_CLOCKS.find((one) => one.name === name);
  if (clock !== undefined) return clock;
  say(`TEST_CLOCK is "${name}"; it may be random, or ${TEST_CLOCKS.map((one) => one.name).join(', ')}`);
  process.exit(2);
};

const runAll = async (clock: TestClock | undefined): Promise<TestResults> => {
  if (clock === undefined) return runVitest({ projects: ['fast', 'system', 'browser'] });
  say(`Clock of the fast and browser tests: ${clock.summary}. The same again: TEST_CLOCK=${clock.name}`);
  return mergeResults([await runVitest(runUnder(clock)), await runVitest(runBeside(clock))]);
};

const wanted = clockNamed(process.env['TEST_CLOCK'] ?? '');
const missing = PARTS.filter((part) => !hasProgram(part.program));
if (missing.length > 0) install(missing);

/** The console is tested as it is served: built. */
spawnSync(process.execPath, ['dashboards/console/build.ts'], { stdio: 'inherit' });

const isMissing = wanted?.beginAt !== undefined && !hasProgram('faketime');
const clock = isMissing ? undefined : wanted;
const results = await runAll(clock);

for (const part of PARTS.filter((part) => !hasProgram(part.program))) {
  say(`Skipped: ${part.proves}; "${part.program}" is not installed (${part.packages.join(' ')})`);
}
if (isMissing)
  say(`Skipped: the clock ${wanted.name}; "faketime" is not installed, so all ran by the clock of the machine`);
if (clock !== undefined) say(`Clock of the fast and browser tests: ${clock.summary} (TEST_CLOCK=${clock.name})`);
if (clock?.beginAt !== undefined) {
  say('By the clock of the machine: the system tests, and all suites on influxd, which does not follow faketime');
}
for (const line of influxServers(hasProgram('influxd'))) say(line);
say(writeCounts(results));
const statuses = [...results.values()];
process.exitCode = statuses.includes('failed') || !statuses.includes('passed') ? 1 : 0;
