import { z } from 'zod';
import { BytesMember, InstantMember } from '#model/base/document.ts';
import { type Instant, formatInstant, parseInstant } from '#model/base/instant.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { STATION_ID } from '#model/registry/names.ts';

/**
 * Progress of a command: `waiting` for the broker, `sent` to it, `delivered` as the device says, `answered` or
 * `failed` by its reply, `expired` when its time ran out before. The last three are final.
 */
export const COMMAND_STATES = ['waiting', 'sent', 'delivered', 'answered', 'failed', 'expired'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** Grammar of the names of commands and settings of firmware. */
export const ORDER_NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** Value of an argument of a command, or of a setting of a device. */
export const OrderValue = z.union([z.string().max(256), z.number(), z.boolean()]);
export type OrderValue = z.infer<typeof OrderValue>;

/** One order to one device, with its outcome. */
export const Command = z.object({
  /** Counts up in the order of sending: pages of lists go on by it. */
  number: z.number(),
  id: z.string(),
  device: z.string(),
  name: z.string(),
  arguments: z.record(z.string(), OrderValue).readonly(),
  /** The person who gave it, as they said. */
  by: z.string().optional(),
  createdAt: InstantMember,
  /** From then on it is not to be executed. */
  expiresAt: InstantMember,
  state: z.enum(COMMAND_STATES),
  /** The last time that the broker took it. */
  sentAt: InstantMember.optional(),
  deliveredAt: InstantMember.optional(),
  closedAt: InstantMember.optional().meta({ description: 'Time of its answer, failure or expiry.' }),
  /** The device's last answer, as it came. */
  reply: BytesMember.optional(),
});
export type Command = Readonly<z.infer<typeof Command>>;

/** The payload under `v1/<device>/commands/<id>`. */
export const commandMessage = (
  command: Pick<Command, 'id' | 'name' | 'arguments' | 'createdAt' | 'expiresAt'>,
): string =>
  JSON.stringify({
    id: command.id,
    name: command.name,
    arguments: command.arguments,
    sent_at: formatInstant(command.createdAt),
    expires_at: formatInstant(command.expiresAt),
  });

const CommandMessage = z.object({
  id: z.string().regex(STATION_ID),
  name: z.string(),
  arguments: z.record(z.string(), OrderValue).prefault({}),
  expires_at: z.string(),
});

/** The part of a command that a device reads. */
export interface ReadCommand {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, OrderValue>>;
  readonly expiresAt: Instant;
}

/** Reads a command as firmware does; undefined where the payload is none. */
export const readCommand = (payload: Uint8Array): ReadCommand | undefined => {
  const { data } = CommandMessage.safeParse(parseJson(Buffer.from(payload).toString('utf8')));
  const expiresAt = data === undefined ? undefined : parseInstant(data.expires_at);
  if (data === undefined || expiresAt === undefined) return undefined;
  return { id: data.id, name: data.name, arguments: data.arguments, expiresAt };
};

export type ReplyOutcome = 'delivered' | 'answered' | 'failed';

const ReplyMessage = z.object({ ok: z.boolean().optional(), state: z.string().optional() });

/**
 * The outcome in a reply: `{"state":"received"}` says that the command has arrived and its end will follow, `{"ok":false}` that
 * it failed, anything else that it was done.
 */
export const replyOutcome = (payload: Uint8Array): ReplyOutcome => {
  const { data } = ReplyMessage.safeParse(parseJson(Buffer.from(payload).toString('utf8')));
  if (data?.ok === false) return 'failed';
  return data?.ok === undefined && data?.state === 'received' ? 'delivered' : 'answered';
};
