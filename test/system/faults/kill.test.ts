import { expect, test } from 'vitest';
import { killAtRandom } from '#test/soak/faults/kill.ts';
import { INFLUX_KINDS } from '#test/support/servers/influx2/kinds.ts';
import { fewRounds } from './soaking.ts';

const ROUNDS = 20;

test(`acknowledged readings are in DuckDB once after ${ROUNDS} kills`, async () => {
  const { duplicates, revised } = await fewRounds(killAtRandom, 'duckdb', ROUNDS);
  expect(Math.min(duplicates, revised)).toBeGreaterThan(0);
});

for (const { name, title, missing } of INFLUX_KINDS) {
  test.skipIf(missing !== undefined)(
    `acknowledged readings are in ${title} once after ${ROUNDS} kills, also of InfluxDB`,
    async () => {
      const { duplicates, revised } = await fewRounds(killAtRandom, name, ROUNDS);
      expect(Math.min(duplicates, revised)).toBeGreaterThan(0);
    },
  );
}
