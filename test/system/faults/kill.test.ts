import { expect, test } from 'vitest';
import { killAtRandom } from '#test/soak/faults/kill.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';
import { fewRounds } from './soaking.ts';

const ROUNDS = 20;

test(`acknowledged readings are in DuckDB once after ${ROUNDS} kills`, async () => {
  const { duplicates, revised } = await fewRounds(killAtRandom, 'duckdb', ROUNDS);
  expect(Math.min(duplicates, revised)).toBeGreaterThan(0);
});

test.runIf(hasInfluxd)(
  `acknowledged readings are in InfluxDB once after ${ROUNDS} kills, also of InfluxDB`,
  async () => {
    const { duplicates, revised } = await fewRounds(killAtRandom, 'influx', ROUNDS);
    expect(Math.min(duplicates, revised)).toBeGreaterThan(0);
  },
);
