import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';

/** One run of vitest. */
export interface VitestRun {
  readonly projects: readonly string[];
  /** Only files whose path contains one of these. */
  readonly files?: readonly string[];
  /** Only tests with these tags. */
  readonly tags?: string;
  /** Over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptor for everything that it writes; that of this process otherwise. */
  readonly output?: number;
}

export type TestStatus = 'passed' | 'failed' | 'skipped';

/** Result of each test, by its file and place. */
export type TestResults = ReadonlyMap<string, TestStatus>;

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

const statusOf = (status: string): TestStatus => {
  if (status === 'passed') return 'passed';
  return status === 'failed' ? 'failed' : 'skipped';
};

/** A file that could not be loaded counts as one failed test. */
const resultsIn = (file: string): Map<string, TestStatus> => {
  const results = new Map<string, TestStatus>();
  if (!existsSync(file)) return results;
  for (const { name, status, assertionResults } of Report.parse(JSON.parse(readFileSync(file, 'utf8'))).testResults) {
    if (status === 'failed' && assertionResults.length === 0) results.set(name, 'failed');
    for (const [i, test] of assertionResults.entries()) {
      results.set(`${name} ${i} ${test.fullName}`, statusOf(test.status));
    }
  }
  return results;
};

/** Runs vitest to its end. Whatever makes it fail without a failed test counts as one. */
export const runVitest = async ({ projects, files = [], tags, env = {}, output }: VitestRun): Promise<TestResults> => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-run-'));
  const report = join(folder, 'report.json');
  const words = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...projects.flatMap((name) => ['--project', name]),
    ...(tags === undefined ? [] : ['--tags-filter', tags]),
    ...files,
  ];
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output ?? 'inherit', output ?? 'inherit'],
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const results = resultsIn(report);
  rmSync(folder, { recursive: true });
  const isTold = [...results.values()].includes('failed');
  if (status !== 0 && !isTold) results.set(`vitest ${projects.join(' ')}`, 'failed');
  return results;
};

const RANK: Readonly<Record<TestStatus, number>> = { skipped: 0, passed: 1, failed: 2 };

/** Several runs as one: a test counts once, by the worst that it came to, and as skipped only where no run played it. */
export const mergeResults = (runs: readonly TestResults[]): TestResults => {
  const merged = new Map<string, TestStatus>();
  for (const [test, status] of runs.flatMap((results) => [...results])) {
    const before = merged.get(test);
    if (before === undefined || RANK[status] > RANK[before]) merged.set(test, status);
  }
  return merged;
};

/** `2957 passed, 0 failed, 2 skipped` */
export const writeCounts = (results: TestResults): string => {
  const count = (wanted: TestStatus): number => [...results.values()].filter((status) => status === wanted).length;
  const skipped = count('skipped');
  return `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
};
