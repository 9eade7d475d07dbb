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

/** Calls to the broker: publishes with QoS 1, and removes the messages of a topic from persistent sessions. */
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

/** Time for a device to answer the messages of its persistent session, which it gets right after it connects. */
const GRACE = seconds(3);
/** Most tries of one command: it may be the command that makes the device disconnect. */
const MOST_TRIES = 3;

export interface ConfigSender {
  /** Call it for a changed config of this device. */
  readonly changed: (device: string) => void;
  /** Call it when the broker has started anew: all of them are published again. */
  allChanged(): void;
  /** Publishes changed configs, retained. A failed one is tried again with the next call. */
  send(): Promise<void>;
}

/** Starts with all configs, because the broker may have lost them. */
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
      // a network server retains nothing: the config goes down once, as a command
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

/** True when it was sent to an earlier connection, and the present one has had time to take it from the session. */
const isLost = ({ sentTo, sentAt, connection, state }: OpenCommand, now: Instant): boolean =>
  state === 'sent' &&
  connection !== undefined &&
  (connection.number !== sentTo || connection.since > (sentAt ?? 0)) &&
  // a connection in the future dates from before the clock was set back
  Math.abs(now - connection.since) >= GRACE.ms;

/**
 * A network server accepts a command once and repeats it by itself. So the command waits for a connection that has had time
 * to subscribe.
 */
const isTaken = ({ state, connection }: OpenCommand, now: Instant): boolean =>
  state === 'waiting' && connection !== undefined && Math.abs(now - connection.since) >= GRACE.ms;

/** Undefined when the registration has changed since the command was given: the command waits until it expires. */
const downlinkNow = (reached: Reached, command: OpenCommand): Downlink | undefined => {
  try {
    return downlinkOf(reached, command);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return undefined;
  }
};

/** Message of a command that is due; undefined otherwise. */
const dueMessage = (command: OpenCommand, registry: Registry, now: Instant): Downlink | undefined => {
  const reached = reachedThrough(registry, command.device);
  if (reached !== undefined) return isTaken(command, now) ? downlinkNow(reached, command) : undefined;
  if (command.state !== 'waiting' && !isLost(command, now)) return undefined;
  const topic = buildTopic({ kind: 'command', device: command.device, id: command.id });
  return { topic, payload: commandMessage(command) };
};

export interface CommandSender {
  /** Publishes new commands, and those that were lost with a connection. */
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
