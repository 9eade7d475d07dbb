import { getuid } from 'node:process';
import { test } from 'vitest';
import type { SoakFault } from '#test/soak/fault.ts';
import { oddAnswers } from '#test/soak/faults/answers.ts';
import { clockJumps } from '#test/soak/faults/clock.ts';
import { diskFull } from '#test/soak/faults/disk.ts';
import { flippedBytes } from '#test/soak/faults/flip.ts';
import { storeAway } from '#test/soak/faults/store.ts';
import { terminate } from '#test/soak/faults/term.ts';
import { tornTail } from '#test/soak/faults/torn.ts';
import { vanish } from '#test/soak/faults/vanish.ts';
import type { StoreName } from '#test/soak/store-under-test.ts';
import { hasFaketime } from '#test/support/clocks/faketime.ts';
import { INFLUX_KINDS } from '#test/support/servers/influx2/kinds.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';
import { fewRounds } from './soaking.ts';

const ROUNDS = 4;

interface Case {
  readonly fault: SoakFault;
  readonly store: StoreName;
  readonly isPossible: boolean;
  readonly rounds?: number;
}

const CASES: readonly Case[] = [
  { fault: terminate, store: 'duckdb', isPossible: true },
  { fault: vanish, store: 'duckdb', isPossible: true },
  { fault: tornTail, store: 'duckdb', isPossible: true },
  { fault: diskFull, store: 'duckdb', isPossible: getuid?.() === 0, rounds: 2 },
  { fault: flippedBytes, store: 'duckdb', isPossible: true },
  { fault: clockJumps, store: 'duckdb', isPossible: hasFaketime },
  ...INFLUX_KINDS.map(({ name, missing }) => ({ fault: storeAway, store: name, isPossible: missing === undefined })),
  { fault: oddAnswers, store: 'influx', isPossible: hasInfluxd, rounds: 14 },
];

for (const { fault, store, isPossible, rounds = ROUNDS } of CASES) {
  test.runIf(isPossible)(`nothing is missing or twice in ${store} when ${fault.summary}`, () =>
    fewRounds(fault, store, rounds),
  );
}
