import { randomBytes } from 'node:crypto';
import type { CommandRows, NewCommand } from '#storage/operations/commands.ts';
import type { RegistryRows } from '#storage/operations/registry.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Command, commandMessage } from '#model/commands/command.ts';
import { CONFIG_BYTES, type ConfigChange, configMessage } from '#model/commands/device-config.ts';
import { CONFIG_COMMAND, configArguments, downlinkOf, reachedThrough } from '#model/commands/downlink.ts';
import { days, type Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Most open commands of one device; fewer than its queue at the broker holds. */
export const MOST_OPEN = 32;

/** Largest payload of a command: a small device reads it in one piece. */
const COMMAND_BYTES = 4_096;

/** Time for a network server to deliver a config: its devices wake up a few times a day. */
const CONFIG_WITHIN = days(1);

export type CommandRequest = Pick<Command, 'device' | 'name' | 'arguments' | 'by'> & {
  /** Time in which it may be executed. */
  readonly within: Duration;
};

/** Accepts commands and configs for devices. They are on disk when the promise resolves, and are then sent. */
export interface CommandService {
  /** @throws Fault `SERVICE_BUSY` when too many commands of the device are open, `REQUEST_INVALID` */
  send(request: CommandRequest): Promise<Command>;
  /**
   * Stores the config together with the command that carries it to a device behind a network server.
   * @throws Fault `REQUEST_INVALID` when the config is larger than a device can read, and the faults of `send`
   */
  configure(change: Omit<ConfigChange, 'revision' | 'at'>): Promise<ConfigChange>;
}

export interface CommandServiceDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly rows: Pick<CommandRows, 'addCommand' | 'addConfig' | 'addToldConfig'> & Pick<RegistryRows, 'registry'>;
  /** Called for each new command. */
  readonly onCommand: (command: Command) => void;
  readonly onConfig: (change: ConfigChange) => void;
}

/** A unique id that sorts by time and is a valid level of a topic. */
const makeId = (at: number): string => `${at.toString(36)}-${randomBytes(4).toString('hex')}`;

const checkSize = (message: string, most: number): void => {
  const bytes = Buffer.byteLength(message);
  if (bytes <= most) return;
  throw new Fault(
    'REQUEST_INVALID',
    `it comes to ${bytes} bytes, and a device reads ${most} at most; leave some of it out`,
  );
};

/**
 * Checks the size of the message on its way to the device.
 * @throws Fault `REQUEST_INVALID`
 */
const checkCommand = (registry: Registry, command: Omit<NewCommand, 'by'>): void => {
  const reached = reachedThrough(registry, command.device);
  checkSize(reached === undefined ? commandMessage(command) : downlinkOf(reached, command).payload, COMMAND_BYTES);
};

const tooMany = ({ device }: NewCommand): Fault =>
  new Fault(
    'SERVICE_BUSY',
    `${MOST_OPEN} commands to ${device} wait for its answer; wait until it has answered, or their time is over`,
    { retry: true },
  );

export const makeCommandService = ({ clock, rows, onCommand, onConfig }: CommandServiceDeps): CommandService => {
  const make = ({ within, ...request }: CommandRequest): NewCommand => {
    const createdAt = clock.now();
    const command = { ...request, id: makeId(createdAt), createdAt, expiresAt: createdAt + within.ms };
    checkCommand(rows.registry(), command);
    return command;
  };

  const put = async (given: Omit<ConfigChange, 'revision'>, command: NewCommand | undefined): Promise<ConfigChange> => {
    if (command === undefined) return rows.addConfig(given);
    const stored = await rows.addToldConfig(given, command, MOST_OPEN);
    if (stored === undefined) throw tooMany(command);
    onCommand(stored.command);
    return stored.change;
  };

  return {
    send: async (request) => {
      const command = make(request);
      const added = await rows.addCommand(command, MOST_OPEN);
      if (added === undefined) throw tooMany(command);
      onCommand(added);
      return added;
    },
    configure: async (given) => {
      checkSize(configMessage({ ...given, revision: Number.MAX_SAFE_INTEGER }), CONFIG_BYTES);
      const { device, config, by } = given;
      const isReached = reachedThrough(rows.registry(), device) !== undefined;
      const request = { device, name: CONFIG_COMMAND, arguments: configArguments(config), by, within: CONFIG_WITHIN };
      const command = isReached ? make(request) : undefined;
      const change = await put({ ...given, at: clock.now() }, command);
      onConfig(change);
      return change;
    },
  };
};
