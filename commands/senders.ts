import type { Deadlines } from './deadlines.ts';
import type { CommandRows, OpenCommand } from '#storage/operations/commands.ts';
import type { RegistryRows } from '#storage/operations/registry.ts';
import type { Clock } from '#model/base/clock.ts';
import { commandMessage } from '#model/commands/command.ts';
import { configMessage } from '#model/commands/device-config.ts';
import { seconds } from '#model/base/duration.ts';
import { type Downlink, downlinkOf, type Reached, reachedThrough } from '#model/commands/downlink.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { buildTopic } from '#model/readings/topic.ts';

/** The way to the broker: publishes with QoS 1, and takes what kept sessions hold of a topic back. */
export interface Outbound {
  publish(topic: string, payload: Uint8Array, retain: boolean, signal: AbortSignal): Promise<void>;
  withdraw(topic: string, signal: AbortSignal): Promise<void>;
}

export interface OutboundDeps {
  readonly clock: Clock;
  readonly rows: CommandRows & Pick<RegistryRows, 'registry'>;
  readonly link: Outbound;
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
}

/** What a kept session holds for a device comes right after its connection, and is answered within this. */
const GRACE = seconds(3);
/** A device that is gone after each try is not sent the same command for ever: it might be the command's doing. */
const MOST_TRIES = 3;

export interface ConfigSender {
  /** The config of this device has changed. */
  readonly changed: (device: string) => void;
  /** None of them is known to be at the broker. */
  allChanged(): void;
  /** Publishes those that changed, retained; what fails is tried again with the next call. */
  send(): Promise<void>;
}

/** Starts with all of them, for nobody knows how long the broker was without. */
export const makeConfigSender = ({ rows, link, signal }: Omit<OutboundDeps, 'deadlines'>): ConfigSender => {
  let wanted: Set<string> | 'all' = 'all';
  const isWanted = (device: string): boolean => wanted === 'all' || wanted.has(device);
  const sender: ConfigSender = {
    changed: (device) => {
      if (wanted !== 'all') wanted.add(device);
    },
    allChanged: () => {
      wanted = 'all';
    },
    send: async () => {
      if (wanted !== 'all' && wanted.size === 0) return;
      const before = wanted;
      const registry = rows.registry();
      // what a network server cannot retain goes down as a command, once
      const isRetained = (device: string): boolean =>
        registry.devices.has(device) && reachedThrough(registry, device) === undefined;
      const due = rows.configs().filter(({ device }) => isWanted(device) && isRetained(device));
      wanted = new Set();
      try {
        for (const change of due) {
          const topic = buildTopic({ kind: 'config', device: change.device });
          await link.publish(topic, Buffer.from(configMessage(change)), true, signal);
        }
      } catch (error) {
        if (before === 'all') wanted = 'all';
        else before.forEach(sender.changed);
        throw error;
      }
    },
  };
  return sender;
};

/** Was it sent to a connection that is no more, and has the one that is up had time to take it from its session? */
const isLost = ({ sentTo, sentAt, connection, state }: OpenCommand, now: Instant): boolean =>
  state === 'sent' &&
  connection !== undefined &&
  (connection.number !== sentTo || connection.since > (sentAt ?? 0)) &&
  // a connection that is still to come was made before the clock was set back
  Math.abs(now - connection.since) >= GRACE.ms;

/**
 * A network server takes an order once and tries by itself from then on, so that it waits until there is a connection
 * to one, which has had time to subscribe.
 */
const isTaken = ({ state, connection }: OpenCommand, now: Instant): boolean =>
  state === 'waiting' && connection !== undefined && Math.abs(now - connection.since) >= GRACE.ms;

/** Undefined where the device has been registered otherwise since the order was given: it waits, or ends with its time. */
const downlinkNow = (reached: Reached, command: OpenCommand): Downlink | undefined => {
  try {
    return downlinkOf(reached, command);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return undefined;
  }
};

/** What is published of a command, if its time to be sent has come. */
const dueMessage = (command: OpenCommand, registry: Registry, now: Instant): Downlink | undefined => {
  const reached = reachedThrough(registry, command.device);
  if (reached !== undefined) return isTaken(command, now) ? downlinkNow(reached, command) : undefined;
  if (command.state !== 'waiting' && !isLost(command, now)) return undefined;
  const topic = buildTopic({ kind: 'command', device: command.device, id: command.id });
  return { topic, payload: commandMessage(command) };
};

export interface CommandSender {
  /** Publishes commands that are new, or were lost with a connection. */
  send(open: readonly OpenCommand[], now: Instant): Promise<void>;
}

export const makeCommandSender = ({ clock, rows, link, signal, deadlines }: OutboundDeps): CommandSender => {
  const tries = new Map<string, number>();

  const sendOne = async (command: OpenCommand, now: Instant): Promise<void> => {
    const count = (tries.get(command.id) ?? 0) + 1;
    if (count > MOST_TRIES) return;
    const message = dueMessage(command, rows.registry(), now);
    if (message === undefined) return;
    await link.publish(message.topic, Buffer.from(message.payload), false, signal);
    tries.set(command.id, count);
    await rows.commandSent(command.id, clock.now(), command.connection?.number ?? -1);
  };

  return {
    send: async (open, now) => {
      const ids = new Set(open.map(({ id }) => id));
      for (const id of tries.keys()) if (!ids.has(id)) tries.delete(id);
      for (const command of open) {
        if (!deadlines.isOver(command)) await sendOne(command, now);
      }
    },
  };
};
