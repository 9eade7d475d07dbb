import type { Command, CommandState, ReplyOutcome } from '#model/commands/command.ts';
import type { ConfigChange } from '#model/commands/device-config.ts';
import type { Instant } from '#model/base/instant.ts';

/** An answer as it stands in the journal. */
export interface CommandReply {
  readonly device: string;
  readonly id: string;
  readonly at: Instant;
  readonly outcome: ReplyOutcome;
  readonly payload: Uint8Array;
}

/** A command that is not at its end, beside what is known of its device's connection, or that of its gateway. */
export interface OpenCommand extends Command {
  /** Number of the connection that was up when it was sent; -1 where none was. */
  readonly sentTo: number;
  /** Number of the connection that is up, since when; undefined while the device is not there. */
  readonly connection: { readonly number: number; readonly since: Instant } | undefined;
}

export interface CommandQuery {
  readonly device: string;
  readonly state: CommandState | undefined;
  /** Newest first, behind this number. */
  readonly before: number | undefined;
  readonly limit: number;
}

export type NewCommand = Pick<Command, 'id' | 'device' | 'name' | 'arguments' | 'by' | 'createdAt' | 'expiresAt'>;

/** A config, and the command that brings it to its device. */
export interface ToldConfig {
  readonly change: ConfigChange;
  readonly command: Command;
}

/** Commands and configs of devices, with their senders and results. Replies are committed with the cursor of the alerting reader. */
export interface CommandRows {
  /** Undefined, and nothing added, when so many commands of the device are open already. */
  addCommand(command: NewCommand, mostOpen: number): Promise<Command | undefined>;
  command(device: string, id: string): Command | undefined;
  commands(query: CommandQuery): readonly Command[];
  /** Oldest first. */
  openCommands(): readonly OpenCommand[];
  /** The broker took it. One that has come further meanwhile stays there. */
  commandSent(id: string, at: Instant, sentTo: number): Promise<void>;
  /** Ends these commands where they are still open, and gives them. */
  expireCommands(ids: readonly string[], now: Instant): Promise<readonly Command[]>;
  /** Removes commands that ended before this instant, at most so many; gives how many. */
  purgeCommands(before: Instant, limit: number): Promise<number>;
  /** Newest first. */
  configChanges(device: string, limit: number): readonly ConfigChange[];
  /** The config of every device that has one. */
  configs(): readonly ConfigChange[];
  /** Puts a config in place of the one before, which stays in the history. */
  addConfig(change: Omit<ConfigChange, 'revision'>): Promise<ConfigChange>;
  /**
   * The same for a device that is told by a command: both or neither. Undefined, and nothing added, when so many commands
   * of the device are open already.
   */
  addToldConfig(
    change: Omit<ConfigChange, 'revision'>,
    command: NewCommand,
    mostOpen: number,
  ): Promise<ToldConfig | undefined>;
}
