import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';

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
  { program: 'faketime', packages: ['faketime'], proves: 'the service under a clock that jumps' },
  { program: 'chromium', packages: ['chromium'], proves: 'the pages in a real browser' },
];

/** Ten minutes: a slow mirror is waited for, a dead one is not. */
const INSTALL_MS = 600_000;

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const hasTests = (project: string): boolean =>
  existsSync(`test/${project}`) &&
  readdirSync(`test/${project}`, { recursive: true }).some((name) => String(name).endsWith('.test.ts'));

const aptGet = (...words: readonly string[]): boolean => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }; // at run level 1 no service is started
  const done = spawnSync('apt-get', ['-q', '-y', ...words], { env, timeout: INSTALL_MS, stdio: ['ignore', 2, 2] });
  return done.status === 0;
};

/** Installs what is missing where that is ours to do: as root on Debian. */
const install = (missing: readonly Part[]): void => {
  const packages = missing.flatMap((part) => part.packages);
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    process.stdout.write(`Not root on Debian, so this is not installed: ${packages.join(' ')}\n`);
    return;
  }
  process.stdout.write(`Installing with apt-get: ${packages.join(' ')}\n`);
  if (!aptGet('update') || !aptGet('install', '--no-install-recommends', ...packages)) {
    process.stdout.write('apt-get failed; the tests go on without.\n');
  }
};

/** Runs the projects and gives the counts; a file that could not be loaded counts as one failed test. */
const runTests = (projects: readonly string[]): { passed: number; failed: number; skipped: number } => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-run-'));
  const file = join(folder, 'report.json');
  const done = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...projects.flatMap((name) => ['--project', name]),
    ],
    { stdio: 'inherit' },
  );
  const report = existsSync(file) ? Report.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  rmSync(folder, { recursive: true });
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const unloaded = report.testResults.filter((it) => it.status === 'failed' && it.assertionResults.length === 0).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && done.status !== 0 ? 1 : failed, // an error outside of any test
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

const wanted = PARTS.filter((part) => part.program !== 'chromium' || hasTests('browser'));
const missing = wanted.filter((part) => !hasProgram(part.program));
if (missing.length > 0) install(missing);

/** The console is tested as it is served: built. */
spawnSync(process.execPath, ['dashboards/console/build.ts'], { stdio: 'inherit' });

const { passed, failed, skipped } = runTests(
  ['fast', 'system', 'browser'].filter((name) => name === 'fast' || hasTests(name)),
);

for (const part of wanted.filter((part) => !hasProgram(part.program))) {
  process.stdout.write(`Skipped: ${part.proves}; "${part.program}" is not installed (${part.packages.join(' ')})\n`);
}
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
