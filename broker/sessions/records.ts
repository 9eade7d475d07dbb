import { z } from 'zod';
import { parseJson } from '#model/base/parse-json.ts';
import type { OutgoingPacket } from './outgoing.ts';

const FilterRecord = z.object({
  topic: z.string(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  rh: z.number().optional(),
  rap: z.boolean().optional(),
  nl: z.boolean().optional(),
});
/** One subscription of a persistent session, as Aedes stores it. */
export type TopicFilter = z.infer<typeof FilterRecord>;

const SessionRecord = z.object({
  owner: z.string(),
  seenAt: z.number(),
  isConnected: z.boolean(),
  filters: z.array(FilterRecord),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

const PacketRecord = z.object({
  cmd: z.string(),
  topic: z.string().optional(),
  qos: z.number().optional(),
  retain: z.boolean().optional(),
  dup: z.boolean().optional(),
  brokerId: z.string().optional(),
  brokerCounter: z.number().optional(),
  messageId: z.number().optional(),
});

const SESSION = 'session:';
const MESSAGE = 'message:';
const RETAINED = 'retained:';

export const sessionKey = (clientId: string): string => SESSION + encodeURIComponent(clientId);
export const messageKey = (clientId: string, place: number): string =>
  `${MESSAGE}${encodeURIComponent(clientId)}:${String(place).padStart(16, '0')}`;
export const retainedKey = (topic: string): string => RETAINED + topic;

export const encodeSession = (session: SessionRecord): Buffer => Buffer.from(JSON.stringify(session));

/** Encodes a packet: a line of JSON, then the payload. */
export const encodePacket = ({ payload = '', ...packet }: OutgoingPacket): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(PacketRecord.parse(packet))}\n`), Buffer.from(payload)]);

const decodePacket = (value: Buffer): OutgoingPacket | undefined => {
  const end = value.indexOf(10);
  const { data } = PacketRecord.safeParse(end < 0 ? undefined : parseJson(value.toString('utf8', 0, end)));
  return data === undefined ? undefined : { ...data, payload: value.subarray(end + 1) };
};

/** A decoded record. */
export type FoundRecord =
  | { readonly kind: 'session'; readonly clientId: string; readonly session: SessionRecord }
  | { readonly kind: 'message'; readonly clientId: string; readonly place: number; readonly packet: OutgoingPacket }
  | { readonly kind: 'retained'; readonly topic: string; readonly packet: OutgoingPacket };

export const readRecord = (key: string, value: Buffer): FoundRecord | undefined => {
  if (key.startsWith(SESSION)) {
    const { data } = SessionRecord.safeParse(parseJson(value.toString('utf8')));
    return data && { kind: 'session', clientId: decodeURIComponent(key.slice(SESSION.length)), session: data };
  }
  const packet = decodePacket(value);
  if (packet === undefined) return undefined;
  if (key.startsWith(RETAINED)) return { kind: 'retained', topic: key.slice(RETAINED.length), packet };
  const [id, place] = key.slice(MESSAGE.length).split(':');
  if (!key.startsWith(MESSAGE) || id === undefined || place === undefined) return undefined;
  return { kind: 'message', clientId: decodeURIComponent(id), place: Number(place), packet };
};
