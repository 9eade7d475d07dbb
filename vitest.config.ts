import { defineConfig } from 'vitest/config';
import { TEST, WAIT } from './test/support/limits.ts';

const project = (name: string, folders: readonly string[]) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    testTimeout: TEST.ms,
    hookTimeout: TEST.ms,
    expect: { poll: { timeout: WAIT.ms } },
  },
});

/** Four projects, told apart by what they need: nothing, the real programs, a browser, a quiet machine. */
// oxlint-disable-next-line import/no-default-export -- Vitest reads the default export
export default defineConfig({
  test: {
    pool: 'forks',
    // the identity service of the tests warns of its own defaults
    onConsoleLog: (text) => !text.includes('oidc-provider WARNING'),
    // twice the processors of the smallest machine: a system test mostly waits for its processes
    maxWorkers: 4,
    tags: [{ name: 'influxd', description: 'Works on a real influxd, whose clock libfaketime does not move.' }],
    projects: [
      project('fast', ['test/unit', 'test/contract', 'test/golden', 'test/repository']),
      project('system', ['test/system']),
      project('browser', ['test/browser']),
      project('bench', ['bench']),
    ],
  },
});
