import type { Command } from 'commander';
import type { Settings } from './settings.ts';

/** Output, settings and signals of a verb; a test passes its own. */
export interface CliContext {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Sets exit status 1 without an exception: the check that was asked for has failed. */
  readonly fail: () => void;
  /** Value of `--config`. */
  readonly config: string | undefined;
  /** Reads the settings from `--config` and the environment. */
  readonly settings: () => Settings;
  readonly isTerminal: boolean;
  /** Aborted when the user or the supervisor asks the process to end. */
  readonly ended: AbortSignal;
}

/** One verb of the command line: one file, one line in `cli/verbs/index.ts`. */
export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** One or more commands that can be pasted as they are. */
  readonly examples: readonly string[];
  /** Adds options and the action. An action that throws a `Fault` ends with status 1 and its message. */
  configure(command: Command, cli: CliContext): void;
}
