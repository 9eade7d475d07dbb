import type { Command } from 'commander';
import type { Settings } from './settings.ts';

/** What a verb may touch of the world outside; a test gives its own. */
export interface CliContext {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Lets the process end with status 1 although nothing was thrown: what was asked for was found wanting. */
  readonly fail: () => void;
  /** `--config`, as it was given. */
  readonly config: string | undefined;
  /** Reads the settings from `--config` and the environment. */
  readonly settings: () => Settings;
  readonly isTerminal: boolean;
  /** Raised when the user or the supervisor asks the process to end. */
  readonly ended: AbortSignal;
}

/** One verb of the command line: one file, one line in `cli/verbs/index.ts`. */
export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** One or more commands that can be pasted as they are. */
  readonly examples: readonly string[];
  /** Adds options and what is to be done. An action that throws a `Fault` ends with status 1 and its message. */
  configure(command: Command, world: CliContext): void;
}
