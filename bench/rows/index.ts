import type { Row } from '#bench/row.ts';
import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import { backlog } from './backlog.ts';
import { checks } from './checks.ts';
import { consoleRow } from './console.ts';
import { fleet } from './fleet.ts';
import { growth } from './growth.ts';
import { hostile } from './hostile.ts';
import { duckdb, influx } from './into-store.ts';
import { latency } from './latency.ts';
import { ledger } from './ledger.ts';
import { memory } from './memory.ts';
import { peers } from './peers.ts';
import { restart } from './restart.ts';

/** All rows, in the order of the report. */
export const ROWS: readonly Row[] = [
  ack,
  influx,
  duckdb,
  backlog,
  latency,
  alerts,
  checks,
  memory,
  fleet,
  restart,
  hostile,
  ledger,
  peers,
  consoleRow,
  growth,
];
