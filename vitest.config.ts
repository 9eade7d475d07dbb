import { defineConfig } from 'vitest/config';

const project = (name: string, folders: readonly string[], testTimeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
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
    projects: [
      project('fast', ['unit', 'contract', 'golden', 'house'], 20_000),
      project('system', ['system'], 120_000),
      project('browser', ['browser'], 60_000),
      project('bench', ['bench'], 600_000),
    ],
  },
});
