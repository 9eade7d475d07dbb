import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Verb, CliContext } from '#cli/context.ts';

/** It measures with the peers and stores of the tests, which an installation does without. */
const PROGRAM = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

interface BenchOptions {
  readonly seconds?: string;
  readonly folder?: string;
  readonly profile?: true;
  readonly json?: true;
}

const wordsOf = ({ seconds, folder, profile, json }: BenchOptions): readonly string[] => [
  ...(seconds === undefined ? [] : ['--seconds', seconds]),
  ...(folder === undefined ? [] : ['--folder', folder]),
  ...(profile === true ? ['--profile'] : []),
  ...(json === true ? ['--json'] : []),
];

const run = async (rows: readonly string[], options: BenchOptions, world: CliContext): Promise<void> => {
  if (!existsSync(PROGRAM)) {
    world.error('The benchmark is no part of this installation. In a checkout of the project: npm ci && npm run bench');
    world.fail();
    return;
  }
  const words = ['--disable-warning=ExperimentalWarning', PROGRAM, ...rows, ...wordsOf(options)];
  const child = spawn(process.execPath, words, { stdio: 'inherit' });
  world.ended.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
  await once(child, 'exit');
  if (child.exitCode !== 0) world.fail();
};

/** The numbers to hold, measured on this machine. */
export const bench: Verb = {
  name: 'bench',
  summary: 'measure what this machine acknowledges, stores and takes in memory',
  examples: ['klawing bench ack latency', 'klawing bench duckdb --seconds 10 --folder /mnt/ssd'],
  configure: (command, world) => {
    command
      .argument('[rows...]', 'which rows (docs/benchmarks.md); all of them when none is named')
      .option('--seconds <n>', 'how long figures are taken')
      .option('--folder <path>', 'on the disk to measure')
      .option('--profile', 'add where broker and ingest spend their processor time')
      .option('--json', 'the same as data')
      .action((rows: readonly string[], options: BenchOptions) => run(rows, options, world));
  },
};
