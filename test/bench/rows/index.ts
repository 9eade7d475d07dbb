import type { Row } from '#test/bench/row.ts';
import { ack } from './ack.ts';
import { duckdb, influx } from './into-store.ts';

/** What can be measured, in the order of the numbers to hold. */
export const ROWS: readonly Row[] = [ack, influx, duckdb];
