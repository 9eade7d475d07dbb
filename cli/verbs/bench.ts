import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Verb, CliContext } from '#cli/context.ts';

/** The benchmark needs the peers and stores of the tests, which an installation lacks. */
const PROGRAM = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

interface BenchOptions {
  readonly seconds?: string;
  readonly rounds?: string;
  readonly rows?: string;
  readonly against?: string;
  readonly folder?: string;
  readonly profile?: true;
  readonly json?: true;
}

const wordsOf = ({ profile, json, ...texts }: BenchOptions): readonly string[] => [
  ...Object.entries(texts).flatMap(([name, text]) => [`--${name}`, text]),
  ...(profile === true ? ['--profile'] : []),
  ...(json === true ? ['--json'] : []),
];

const run = async (rows: readonly string[], options: BenchOptions, cli: CliContext): Promise<void> => {
  if (!existsSync(PROGRAM)) {
    cli.error('The benchmark is not part of this installation. In a checkout of the project: npm ci && npm run bench');
    cli.fail();
    return;
  }
  const words = ['--disable-warning=ExperimentalWarning', PROGRAM, ...rows, ...wordsOf(options)];
  const child = spawn(process.execPath, words, { stdio: 'inherit' });
  cli.ended.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
  await once(child, 'exit');
  if (child.exitCode !== 0) cli.fail();
};

/** The benchmark, on this machine. */
export const bench: Verb = {
  name: 'bench',
  summary: 'measure acknowledgements, stored readings and memory on this machine',
  examples: ['klawing bench ack latency', 'klawing bench duckdb --seconds 10 --folder /mnt/ssd'],
  configure: (command, cli) => {
    command
      .argument('[rows...]', 'which rows (docs/benchmarks.md); all of them when none is named')
      .option('--seconds <n>', 'duration of each measurement')
      .option('--rounds <n>', 'rounds of what is played by turns')
      .option('--rows <n>', 'rows of the table in the row growth')
      .option('--against <folder>', 'another checkout, to compare with by turns')
      .option('--folder <path>', 'on the disk to measure')
      .option('--profile', 'add a processor profile of broker and ingest')
      .option('--json', 'as JSON')
      .action((rows: readonly string[], options: BenchOptions) => run(rows, options, cli));
  },
};
