import { test } from 'vitest';
import { minutes } from '#model/duration.ts';
import { rowsOfDuckDb } from '#test/support/oracle.ts';
import { killAndCount, ROUNDS } from './killing.ts';

test(`acknowledged readings are in DuckDB once after ${ROUNDS} kills`, { timeout: minutes(5).ms }, () =>
  killAndCount({ name: 'duckdb', env: {}, rows: ({ data }) => rowsOfDuckDb(data) }),
);
