import { Command, CommanderError } from 'commander';
import { VERBS } from './verbs/index.ts';
import { printable } from '#model/base/printable.ts';
import { readSettings } from './settings.ts';
import { STATUS } from './process.ts';
import type { Verb, CliContext } from './context.ts';
import type { Environment } from './environment.ts';
import { Fault, type FaultCode } from '#model/base/fault.ts';

/** Environment, output and signals of the process. */
export interface ProcessIo {
  readonly env: Environment;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly isTerminal: boolean;
  /** True in a child of `klawing up`, which decides by the exit status about a restart. */
  readonly isSupervised?: boolean;
  readonly ended: AbortSignal;
}

/** Faults that a restart cannot repair. */
const NOT_RESTARTABLE: ReadonlySet<FaultCode> = new Set([
  'PORT_IN_USE',
  'JOURNAL_LOCKED',
  'JOURNAL_FOREIGN',
  'OPERATIONS_OLDER',
  'DATA_LOCKED',
  'DATA_NEWER',
  'DATA_OLDER',
  'SERVICE_STOPPED',
]);

const statusOf = ({ code, retry }: Fault, isSupervised: boolean): number => {
  if (code === 'SETTING_INVALID') return STATUS.usage;
  return isSupervised && NOT_RESTARTABLE.has(code) && !retry ? STATUS.notRestartable : STATUS.failed;
};

const addVerb = (program: Command, verb: Verb, cli: CliContext): void => {
  const command = program.command(verb.name).description(verb.summary);
  const examples = verb.examples.map((example) => `  ${example}`).join('\n');
  command.addHelpText('after', `\nExample${verb.examples.length > 1 ? 's' : ''}:\n${examples}`);
  verb.configure(command, cli);
};

const prepare = (command: Command, { out, error }: ProcessIo): void => {
  command
    .exitOverride()
    .configureOutput({ writeOut: (text) => out(text.trimEnd()), writeErr: (text) => error(text.trimEnd()) });
  command.showHelpAfterError('(add --help for what is possible)');
  for (const below of command.commands)
    prepare(below, { out, error, env: {}, isTerminal: false, ended: new AbortController().signal });
};

/** Escapes all output of verbs, so that text from a device never reaches the terminal raw. */
const escaped = (io: ProcessIo): ProcessIo => ({
  ...io,
  out: (text) => io.out(printable(text)),
  error: (text) => io.error(printable(text)),
});

/**
 * Runs one command line.
 * @returns the exit status: 0, 1 (failed) or 2 (usage); for `klawing up` also 3 (failed, and a restart would fail again)
 */
export const runProgram = async (args: readonly string[], given: ProcessIo): Promise<number> => {
  const io = escaped(given);
  const program = new Command('klawing');
  let hasFailed = false;
  const config = (): string | undefined => program.opts<{ config?: string }>().config;
  const cli: CliContext = {
    out: io.out,
    error: io.error,
    isTerminal: io.isTerminal,
    ended: io.ended,
    fail: () => {
      hasFailed = true;
    },
    get config() {
      return config();
    },
    settings: () => readSettings(config(), io.env),
  };
  program
    .description('Takes readings from environmental sensors, keeps every one of them, and shows them.')
    .option('--config <file>', 'settings; config/klawing.yaml when it is there')
    .addHelpText('after', '\nExample:\n  klawing up --demo');
  for (const verb of VERBS) addVerb(program, verb, cli);
  prepare(program, io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return hasFailed ? STATUS.failed : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS.usage;
    if (!(error instanceof Fault)) throw error;
    io.error(`${error.code}: ${error.message}`);
    return statusOf(error, io.isSupervised ?? false);
  }
};
