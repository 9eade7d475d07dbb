import { z } from 'zod';
import { BytesMember, InstantMember } from '#model/base/document.ts';
import { type FaultCode, isFaultCode } from '#model/base/fault.ts';

const Code = z.custom<FaultCode>((code) => typeof code === 'string' && isFaultCode(code));

/** A refused part of a packet: one place of the payload, or the packet as a whole. */
export const QuarantinedPart = z.object({
  place: z.string().meta({ description: 'JSON Pointer into the payload; empty for the packet as a whole.' }),
  code: Code,
  detail: z.string(),
  readings: z.int().meta({ description: 'Readings that were not stored because of it.' }),
  /** Their readings are among `readings`. */
  further: z.int().meta({ description: 'Number of further places in the packet that are not listed.' }),
});
export type QuarantinedPart = Readonly<z.infer<typeof QuarantinedPart>>;

/** A packet with at least one refused part; the quarantine owns a copy of its bytes. */
export const QuarantinedPacket = z.object({
  journal: z.string(),
  sequence: z.int(),
  device: z.string(),
  topic: z.string(),
  receivedAt: InstantMember,
  codec: z.string(),
  codecVersion: z.int().meta({ description: 'Version of the codec that refused it; 0 without a codec.' }),
  /** Its sender said that it had sent these bytes before. */
  dup: z.boolean(),
  /** Its MQTT packet identifier, 0 without one. */
  packetId: z.int(),
  /** The MQTT session that it came by; undefined without one. */
  session: z.string().optional(),
  payload: BytesMember,
  parts: z.array(QuarantinedPart).readonly(),
});
export type QuarantinedPacket = Readonly<z.infer<typeof QuarantinedPacket>>;

export const QUARANTINE_STATES = ['open', 'replayed', 'discarded'] as const;
export type QuarantineState = (typeof QUARANTINE_STATES)[number];

/** A packet in the quarantine. */
export const QuarantineEntry = QuarantinedPacket.extend({ id: z.int(), state: z.enum(QUARANTINE_STATES) });
export type QuarantineEntry = Readonly<z.infer<typeof QuarantineEntry>>;

const QUARANTINE_ACTIONS = ['replayed', 'refused-again', 'discarded'] as const;

/** A replay or a discard of a packet in quarantine. */
export const QuarantineEvent = z.object({
  at: InstantMember,
  action: z.enum(QUARANTINE_ACTIONS),
  note: z.string().meta({ description: 'Reason of a discard, or note of a replay.' }),
  by: z.string().optional().meta({ description: 'Person who ordered it: the given name, or `operator`.' }),
});
export type QuarantineEvent = Readonly<z.infer<typeof QuarantineEvent>>;
