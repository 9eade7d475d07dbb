import { tmpdir } from 'node:os';
import process from 'node:process';
import { systemClock } from '#model/base/clock.ts';
import { type Duration, minutes } from '#model/base/duration.ts';
import { isMet } from '#bench/report/figure.ts';
import { writeRow } from '#bench/report/report.ts';
import { measureMemory } from '#bench/rows/memory.ts';

export interface MemoryOptions {
  /** Time for which memory is sampled, after the warm-up; two minutes when undefined. */
  readonly span: Duration | undefined;
  /** Messages in a second; those of the row when undefined. */
  readonly rate: number | undefined;
  readonly asJson: boolean;
  readonly say: (text: string) => void;
}

/**
 * The row `memory` of the bench, for as long as told: a steady load with clients that drop out and come back.
 * @returns whether the ledger holds everything that was acknowledged, and memory stayed below its bound
 * @throws Error when the ledger does not hold what was acknowledged
 */
export const soakMemory = async ({ span = minutes(2), rate, asJson, say }: MemoryOptions): Promise<boolean> => {
  const result = await measureMemory(rate)({
    clock: systemClock,
    on: tmpdir(),
    seconds: span.ms / 1_000,
    rounds: undefined,
    rows: undefined,
    profile: undefined,
    say,
  });
  process.stdout.write(`${asJson ? JSON.stringify(result, null, 2) : writeRow(result)}\n`);
  return result.figures.every((figure) => isMet(figure) !== false);
};
