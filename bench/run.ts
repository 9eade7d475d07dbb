/** `npm run bench`: measures the figures of `docs/benchmarks.md` on real processes. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import type { RowResult } from './report/figure.ts';
import { describeMachine } from './report/machine.ts';
import { writeProfiles } from './report/profile.ts';
import { asData, writeMachine, writeRow } from './report/report.ts';
import type { Bench, Row } from './row.ts';
import { ROWS } from './rows/index.ts';
import { systemClock } from '#model/base/clock.ts';

interface Options {
  readonly seconds?: number;
  readonly json?: true;
  readonly folder: string;
  readonly profile?: true;
}

const NAMES = ROWS.map(({ name }) => name).join(', ');

const rowNamed = (name: string, before: readonly Row[] = []): readonly Row[] => {
  const row = ROWS.find((one) => one.name === name);
  if (row === undefined) throw new InvalidArgumentError(`Rows are ${NAMES}.`);
  return [...before, row];
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It is not a number above zero.');
  return value;
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The result of a failed row; the other rows are still measured. */
const failed = ({ name, title }: Row, error: unknown): RowResult => {
  process.exitCode = 1;
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { row: name, setting: title, figures: [], notes: [`FAILED: ${why}`] };
};

const measureRow = async (row: Row, options: Options): Promise<RowResult> => {
  const profile = options.profile === true ? mkdtempSync(join(tmpdir(), 'klawing-profile-')) : undefined;
  const bench: Bench = {
    clock: systemClock,
    on: resolve(options.folder),
    seconds: options.seconds,
    profile,
    say: (text) => void process.stderr.write(`  ${row.name}: ${text}\n`),
  };
  const result = await row.measure(bench).catch((error: unknown) => failed(row, error));
  return profile === undefined ? result : { ...result, notes: [...result.notes, ...writeProfiles(profile)] };
};

const run = async (chosen: readonly Row[], options: Options): Promise<void> => {
  mkdirSync(options.folder, { recursive: true });
  const machine = describeMachine(options.folder);
  const results: RowResult[] = [];
  if (options.json !== true) print(writeMachine(machine));
  for (const row of chosen) {
    const result = await measureRow(row, options);
    results.push(result);
    if (options.json !== true) print(`\n${writeRow(result)}`);
  }
  if (options.json === true) print(asData(machine, results));
};

const listRows = ROWS.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n');

await new Command('npm run bench --')
  .description('Measures the target figures on real processes.')
  .argument('[rows...]', `names of rows; all rows by default`, rowNamed)
  .option('--seconds <n>', 'duration of the measurement', positive)
  .option('--json', 'print the report as JSON')
  .option('--folder <path>', 'folder on the disk to measure', tmpdir())
  .option('--profile', 'add CPU profiles of broker and ingest')
  .addHelpText('after', `\nRows:\n${listRows}\n\nExample:\n  npm run bench -- ack --seconds 10`)
  .action((rows: readonly Row[], options: Options) => run(rows.length === 0 ? ROWS : rows, options))
  .parseAsync();
