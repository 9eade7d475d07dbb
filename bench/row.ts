import type { Clock } from '#model/base/clock.ts';
import type { RowResult } from './figure.ts';

/** What a row is given. */
export interface Bench {
  readonly clock: Clock;
  /** Folder on the disk to measure. */
  readonly on: string;
  /** How long figures are taken, where the row does not end by itself; the row's own choice when undefined. */
  readonly seconds: number | undefined;
  /** Folder for profiles of processor time. */
  readonly profile: string | undefined;
  /** Tells how far it has come, on standard error. */
  readonly say: (text: string) => void;
}

/** One row of the numbers to hold: one file, one line in `rows/index.ts`. */
export interface Row {
  readonly name: string;
  readonly title: string;
  measure(bench: Bench): Promise<RowResult>;
}
