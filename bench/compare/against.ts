import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RowResult } from '#bench/report/figure.ts';
import { compareRow, ReportedRow, type PlayedPair } from './comparison.ts';

/** The folder of this checkout. */
export const HERE = fileURLToPath(new URL('../..', import.meta.url));
const BENCH = join('bench', 'run.ts');

const Reported = z.object({ rows: z.array(ReportedRow) });

export interface AgainstOptions {
  /** Folders of the two checkouts, with their packages installed. */
  readonly before: string;
  readonly after: string;
  readonly rounds: number;
  /** Arguments of the bench of both, beside the row. */
  readonly args: readonly string[];
  readonly say: (text: string) => void;
}

/** Runs one row of the bench of a checkout in its own process. */
const play = async (checkout: string, row: string, args: readonly string[]): Promise<ReportedRow> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', BENCH, row, '--json', ...args], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, told]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out?.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => told?.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = Buffer.concat(out ?? []).toString();
  if (text === '') {
    const last = Buffer.concat(told ?? [])
      .toString()
      .trimEnd()
      .split('\n')
      .slice(-5)
      .join('\n');
    throw new Error(`the bench in ${checkout} ended with status ${status} and without a report:\n${last}`);
  }
  const [only] = Reported.parse(JSON.parse(text)).rows;
  if (only === undefined) throw new Error(`the bench in ${checkout} did not report the row ${row}`);
  return only;
};

/**
 * Plays a row in two checkouts by turns, each time as a process of its own. The order alternates, so that a machine that becomes
 * slower or faster favours neither.
 */
export const playAgainst = async (
  row: string,
  { before, after, rounds, args, say }: AgainstOptions,
): Promise<RowResult> => {
  const without = [before, after].find((folder) => !existsSync(join(folder, BENCH)));
  if (without !== undefined) throw new Error(`${without} has no ${BENCH}; name the folder of a checkout`);
  const pairs: PlayedPair[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const isBeforeFirst = round % 2 === 1;
    const first = await play(isBeforeFirst ? before : after, row, args);
    const second = await play(isBeforeFirst ? after : before, row, args);
    pairs.push(isBeforeFirst ? { before: first, after: second } : { before: second, after: first });
    say(`round ${round} of ${rounds} played`);
  }
  return compareRow(row, pairs);
};
