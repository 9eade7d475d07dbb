/** `npm run soak`: a fault, again and again, for as long as told. See `docs/soak.md`. */
import process from 'node:process';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { FAULTS } from './faults/index.ts';
import type { SoakFault } from './fault.ts';
import { seedOfRun, STORES, type StoreName } from './ground.ts';
import { writeResult } from './report.ts';
import { isSound, soak } from './soak.ts';
import { number } from '#cli/number.ts';
import { type Duration, parseDuration } from '#model/duration.ts';
import { outsideOfTests } from '#test/support/at-end.ts';

interface Options {
  readonly rounds?: number;
  readonly for?: Duration;
  readonly store: StoreName;
  readonly seed: number;
  readonly json?: true;
}

const ROUNDS = 20;

const span = (text: string): Duration => {
  const read = parseDuration(text);
  if (read === undefined) throw new InvalidArgumentError('It is no span of time such as 90s, 30m or 2h.');
  return read;
};

const faultNamed = (name: string): SoakFault => {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined) throw new InvalidArgumentError(`Faults are ${FAULTS.map((one) => one.name).join(', ')}.`);
  return fault;
};

const run = async (fault: SoakFault, { rounds, for: within, store, seed, json }: Options): Promise<void> => {
  const say = (text: string): void => void process.stderr.write(`  ${fault.name}: ${text}\n`);
  say(`over ${store}, seed ${seed}`);
  const most = rounds ?? (within === undefined ? ROUNDS : Number.POSITIVE_INFINITY);
  const result = await outsideOfTests(() => soak({ fault, store, seed, rounds: most, span: within, say }));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ fault: fault.name, store, seed, ...result }, null, 2)}\n`
      : `${writeResult(fault, { store, seed }, result)}\n`,
  );
  if (!isSound(result)) process.exitCode = 1;
};

const listed = FAULTS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n');

await new Command('npm run soak --')
  .description('Breaks things while devices send, and counts what is missing. Real processes, on this machine alone.')
  .addArgument(new Argument('<fault>', 'what is to go wrong').argParser(faultNamed))
  .option('--rounds <n>', `ends after so many rounds (default: ${ROUNDS}, or none with --for)`, number)
  .option('--for <span>', 'ends after so long, such as 30m', span)
  .addOption(new Option('--store <store>', 'where readings go').choices(STORES).default('duckdb'))
  .option('--seed <n>', 'the same seed gives the same load and the same choices', number, seedOfRun())
  .option('--json', 'the result as data')
  .addHelpText('after', `\nFaults:\n${listed}\n\nExample:\n  npm run soak -- kill --rounds 1000`)
  .action(run)
  .parseAsync();
