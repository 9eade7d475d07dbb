/** `npm run soak`: a fault, again and again, for as long as told. See `docs/soak.md`. */
import process from 'node:process';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { FAULTS } from './faults/index.ts';
import type { SoakFault } from './fault.ts';
import { seedOfRun, STORES, type StoreName } from './store-under-test.ts';
import { soakMemory } from './memory.ts';
import { writeDevices, writeResult } from './report.ts';
import { isSound, soak } from './soak.ts';
import { isSound as isDevicesSound, soakDevices } from './devices/soak-devices.ts';
import { number } from '#cli/option-values.ts';
import { type Duration, parseDuration } from '#model/base/duration.ts';
import { outsideOfTests } from '#test/support/processes/at-end.ts';

interface Options {
  readonly rounds?: number;
  readonly for?: Duration;
  readonly store?: StoreName;
  readonly seed: number;
  readonly rate?: number;
  readonly json?: true;
}

type Say = (text: string) => void;

const ROUNDS = 20;

const rate = (text: string): number => {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError('It is no number of messages above zero.');
  return value;
};

const span = (text: string): Duration => {
  const read = parseDuration(text);
  if (read === undefined) throw new InvalidArgumentError('It is no span of time such as 90s, 30m or 2h.');
  return read;
};

/** The run that breaks nothing and samples memory: it has no rounds and no choice of store. */
const MEMORY = {
  name: 'memory',
  summary: 'no fault: a steady load, and memory is watched',
} as const;

/** The run in which devices themselves are at fault. */
const DEVICES = {
  name: 'devices',
  summary: 'a fleet of firmware with faults of the field, while broker and ingest are killed; counts readings',
} as const;

type Subject = SoakFault | typeof MEMORY | typeof DEVICES;

const SUBJECTS: readonly Subject[] = [...FAULTS, MEMORY, DEVICES];

const subjectNamed = (name: string): Subject => {
  const subject = SUBJECTS.find((one) => one.name === name);
  if (subject === undefined)
    throw new InvalidArgumentError(`Faults are ${SUBJECTS.map((one) => one.name).join(', ')}.`);
  return subject;
};

const play = async (
  fault: SoakFault,
  { rounds, for: within, seed, rate, json, ...options }: Options,
  say: Say,
): Promise<boolean> => {
  const stores = fault.stores ?? STORES;
  const store = options.store ?? stores[0] ?? 'duckdb';
  if (!stores.includes(store)) throw new Error(`${fault.name} is played over ${stores.join(', ')} alone`);
  say(`over ${store}, seed ${seed}`);
  const most = rounds ?? (within === undefined ? ROUNDS : Number.POSITIVE_INFINITY);
  const result = await outsideOfTests(() => soak({ fault, store, seed, rounds: most, span: within, rate, say }));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ fault: fault.name, store, seed, ...result }, null, 2)}\n`
      : `${writeResult(fault, { store, seed }, result)}\n`,
  );
  return isSound(result);
};

const watchMemory = ({ rounds, store, for: span, rate, json }: Options, say: Say): Promise<boolean> => {
  if (rounds !== undefined || store === 'influx') throw new Error('memory has no rounds, and DuckDB alone; use --for');
  return soakMemory({ span, rate, asJson: json === true, say });
};

const playDevices = async ({ rounds = ROUNDS, store = 'duckdb', seed, json, ...rest }: Options, say: Say) => {
  if (rest.for !== undefined || rest.rate !== undefined) throw new Error('devices are played by rounds; use --rounds');
  say(`over ${store}, seed ${seed}`);
  const result = await outsideOfTests(() => soakDevices({ store, seed, rounds, say }));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ store, seed, ...result }, null, 2)}\n`
      : `${writeDevices({ store, seed }, result)}\n`,
  );
  return isDevicesSound(result);
};

const begin = (subject: Subject, options: Options, say: Say): Promise<boolean> => {
  if ('begin' in subject) return play(subject, options, say);
  return subject.name === 'memory' ? watchMemory(options, say) : playDevices(options, say);
};

const run = async (subject: Subject, options: Options): Promise<void> => {
  const say: Say = (text) => void process.stderr.write(`  ${subject.name}: ${text}\n`);
  try {
    if (!(await begin(subject, options, say))) process.exitCode = 1;
  } catch (error) {
    say(`broke off: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
};

const listed = SUBJECTS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n');

await new Command('npm run soak --')
  .description('Breaks things while devices send, and counts what is missing. Real processes, on this machine alone.')
  .addArgument(new Argument('<fault>', 'what is to go wrong').argParser(subjectNamed))
  .option('--rounds <n>', `ends after so many rounds (default: ${ROUNDS}, or none with --for)`, number)
  .option('--for <span>', 'ends after so long, such as 30m', span)
  .addOption(
    new Option('--store <store>', 'where readings go (default: duckdb, or the one that the fault needs)').choices(
      STORES,
    ),
  )
  .option('--seed <n>', 'the same seed gives the same load and the same choices', number, seedOfRun())
  .option(
    '--rate <n>',
    'messages that the devices send in a second (default: what is acknowledged; memory: 5,000)',
    rate,
  )
  .option('--json', 'the result as data')
  .addHelpText('after', `\nFaults:\n${listed}\n\nExample:\n  npm run soak -- kill --rounds 1000`)
  .action(run)
  .parseAsync();
