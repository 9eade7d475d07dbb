/** `npm run bench`: measures the figures of `docs/benchmarks.md` on real processes. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { HERE, playAgainst } from './compare/against.ts';
import type { RowResult } from './report/figure.ts';
import { describeMachine } from './report/machine.ts';
import { writeProfiles } from './report/profile.ts';
import { asData, writeMachine, writeRow } from './report/report.ts';
import type { Bench, Row } from './row.ts';
import { ROWS } from './rows/index.ts';
import { systemClock } from '#model/base/clock.ts';

interface Options {
  readonly seconds?: number;
  readonly rounds?: number;
  readonly rows?: number;
  readonly against?: string;
  readonly json?: true;
  readonly folder: string;
  readonly profile?: true;
}

/** Rounds of `--against`, unless `--rounds` says otherwise. */
const ROUNDS_AGAINST = 5;

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

const whole = (text: string): number => {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It is not a whole number.');
  return value;
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The result of a failed row; the other rows are still measured. */
const failed = ({ name, title }: Row, error: unknown): RowResult => {
  process.exitCode = 1;
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { row: name, setting: title, figures: [], notes: [`FAILED: ${why}`] };
};

const say =
  ({ name }: Row): Bench['say'] =>
  (text) =>
    void process.stderr.write(`  ${name}: ${text}\n`);

/** Options that a bench of any version knows. */
const sharedArguments = ({ seconds, folder }: Options): readonly string[] => [
  '--folder',
  resolve(folder),
  ...(seconds === undefined ? [] : ['--seconds', String(seconds)]),
];

const compareRow = (row: Row, against: string, options: Options): Promise<RowResult> =>
  playAgainst(row.name, {
    before: resolve(against),
    after: HERE,
    rounds: options.rounds ?? ROUNDS_AGAINST,
    args: sharedArguments(options),
    say: say(row),
  }).catch((error: unknown) => failed(row, error));

const measureRow = async (row: Row, options: Options): Promise<RowResult> => {
  if (options.against !== undefined) return compareRow(row, options.against, options);
  const profile = options.profile === true ? mkdtempSync(join(tmpdir(), 'klawing-profile-')) : undefined;
  const bench: Bench = {
    clock: systemClock,
    on: resolve(options.folder),
    seconds: options.seconds,
    rounds: options.rounds,
    rows: options.rows,
    profile,
    say: say(row),
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
  .option('--rounds <n>', 'rounds of rows that are played by turns', whole)
  .option('--rows <n>', 'rows of the table in the row growth, up to 500 million', whole)
  .option('--against <folder>', 'compare with another checkout, by turns: 5 rounds, or --rounds')
  .option('--json', 'print the report as JSON')
  .option('--folder <path>', 'folder on the disk to measure', tmpdir())
  .option('--profile', 'add CPU profiles of broker and ingest')
  .addHelpText(
    'after',
    `\nRows:\n${listRows}\n\nExamples:\n  npm run bench -- ack --seconds 10\n  npm run bench -- duckdb --against ../before --rounds 5`,
  )
  .action((rows: readonly Row[], options: Options) =>
    run(rows.length === 0 ? ROWS.filter(({ isLong }) => isLong !== true) : rows, options),
  )
  .parseAsync();
