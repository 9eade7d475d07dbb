import { defineConfig } from 'vitest/config';

const project = (name: string, folders: readonly string[], testTimeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    testTimeout,
    hookTimeout: testTimeout,
  },
});

/** Four projects, told apart by what they need: nothing, the real programs, a browser, a quiet machine. */
export default defineConfig({
  test: {
    pool: 'forks',
    // more than there are processors in the smallest machine: a system test mostly waits for its processes
    maxWorkers: 3,
    tags: [{ name: 'influxd', description: 'Works on a real influxd, whose clock libfaketime does not move.' }],
    projects: [
      // an end for what hangs, and no measure: a machine that has other work takes ten times as long
      project('fast', ['test/unit', 'test/contract', 'test/golden', 'test/repository'], 120_000),
      project('system', ['test/system'], 120_000),
      project('browser', ['test/browser'], 120_000),
      project('bench', ['bench'], 600_000),
    ],
  },
});
