import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROUNDS } from '#test/acceptance/rounds/index.ts';
import { filesOnInfluxd } from '#test/runner/passes.ts';

const page = readFileSync('docs/acceptance.md', 'utf8');

describe('the rounds of acceptance', () => {
  test('have names of their own, and each its row in docs/acceptance.md, and the reverse', () => {
    const told = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name = '']) => name);
    expect(told.toSorted()).toEqual(ROUNDS.map(({ name }) => name).toSorted());
    expect(new Set(told).size).toBe(told.length);
  });
});

describe('suites on a real influxd', () => {
  test.for(filesOnInfluxd())('have their tag in %s: its clock cannot be moved', (file) => {
    expect(readFileSync(file, 'utf8')).toMatch(/ON_INFLUXD|harness\.options|INFLUX_KINDS/);
  });

  test('are found', () => {
    expect(filesOnInfluxd()).toContain('test/contract/stores.test.ts');
  });
});

test('.ci/run calls the npm test of the README, under a clock that is chosen at random', () => {
  expect(readFileSync('.ci/run', 'utf8')).toMatch(/^TEST_CLOCK="\$\{TEST_CLOCK:-random\}" npm test --silent$/m);
});
