import type { Clock } from '#model/base/clock.ts';
import type { RowResult } from './report/figure.ts';

/** Parameters of a row. */
export interface Bench {
  readonly clock: Clock;
  /** Folder on the disk to measure. */
  readonly on: string;
  /** Duration of the measurement, for rows without an end; the default of the row when undefined. */
  readonly seconds: number | undefined;
  /** Rounds of rows that are played by turns; the default of the row when undefined. */
  readonly rounds: number | undefined;
  /** Rows of the table in the row `growth`; its default when undefined. */
  readonly rows: number | undefined;
  /** Folder for CPU profiles. */
  readonly profile: string | undefined;
  /** Prints progress on standard error. */
  readonly say: (text: string) => void;
}

/** One row of the benchmark: one file, one line in `rows/index.ts`. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** True for a row that takes long: it is measured only when it is named. */
  readonly isLong?: true;
  measure(bench: Bench): Promise<RowResult>;
}
