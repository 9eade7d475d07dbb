/**
 * Patch: malformed packets.
 *
 * Upstream: the parser and Aedes accept packets that the standard forbids, and act on them.
 * Clause: [MQTT-4.8.0-1], the server closes the connection of a protocol violation; each check names its own clause.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { Subscription } from 'aedes';
import { isFilter } from '#broker/mqtt/filter.ts';

/** A packet as `mqtt-packet` gives it: the members that are checked here. */
export interface ParsedPacket {
  readonly cmd: string;
  /** The remaining length in the fixed header. */
  readonly length: number;
  readonly qos?: number;
  readonly dup?: boolean;
  readonly messageId?: number;
  readonly topic?: string;
  readonly payload?: Uint8Array;
  readonly subscriptions?: Subscription[];
  readonly unsubscriptions?: readonly string[];
  readonly protocolVersion?: number;
  readonly protocolId?: string;
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: Uint8Array;
  readonly will?: { readonly topic: string; readonly payload: Uint8Array; readonly qos: number };
}

const ID_BYTES = 2;

const fieldBytes = (text: string): number => 2 + Buffer.byteLength(text);

const ofId = ({ messageId }: ParsedPacket): string | undefined =>
  messageId !== undefined && messageId > 0 ? undefined : 'packet id is 0 or missing [MQTT-2.3.1-1]';

const ofPublish = (packet: ParsedPacket): string | undefined => {
  const { qos, dup, topic = '', payload, length } = packet;
  if (qos === 0) return dup === true ? 'DUP with QoS 0 [MQTT-3.3.1-2]' : undefined;
  // the parser may have read the id from the next packet
  const isShort = payload?.length === 0 && fieldBytes(topic) + ID_BYTES > length;
  return isShort ? 'PUBLISH without a packet id (section 3.3.2.2)' : ofId(packet);
};

const ofFilters = (packet: ParsedPacket, filters: readonly string[]): string | undefined => {
  if (filters.length === 0) return 'without a filter [MQTT-3.8.3-3] [MQTT-3.10.3-2]';
  const bad = filters.find((filter) => !isFilter(filter));
  return bad === undefined ? ofId(packet) : `not a filter: ${bad} [MQTT-4.7.1-2] [MQTT-4.7.1-3]`;
};

const ofConnect = (packet: ParsedPacket): string | undefined => {
  const { will, username, password } = packet;
  // Aedes refuses MQTT 5 because of its level
  if (packet.protocolVersion === 5) return undefined;
  if (will !== undefined && will.qos > 2) return 'will of QoS 3 [MQTT-3.1.2-14]';
  if (will !== undefined && /^$|[#+]/.test(will.topic))
    return `will to ${will.topic}, which is not a topic name [MQTT-3.3.2-2]`;
  if (username === undefined && password !== undefined) return 'password without a user name [MQTT-3.1.2-22]';
  return connectBytes(packet) === packet.length
    ? undefined
    : 'CONNECT with fields that its flags do not declare [MQTT-3.1.2-18]';
};

/** Protocol level, flags and keep alive. */
const FIXED_BYTES = 4;

/** Length of the fields of a CONNECT. */
const connectBytes = ({ protocolId = '', clientId = '', will, username, password }: ParsedPacket): number => {
  let bytes = fieldBytes(protocolId) + FIXED_BYTES + fieldBytes(clientId);
  if (will !== undefined) bytes += fieldBytes(will.topic) + 2 + will.payload.length;
  if (username !== undefined) bytes += fieldBytes(username);
  if (password !== undefined) bytes += 2 + password.length;
  return bytes;
};

type PacketCheck = (packet: ParsedPacket) => string | undefined;

const ofAcknowledgement: PacketCheck = (packet) =>
  packet.length === ID_BYTES ? ofId(packet) : 'an acknowledgement does not have two bytes (section 3.4.1)';

const ofBare: PacketCheck = ({ cmd, length }) =>
  length === 0 ? undefined : `${cmd} with a body (sections 3.12, 3.14)`;

/** The check for each packet type that a client may send. */
const CHECKS: ReadonlyMap<string, PacketCheck> = new Map([
  ['connect', ofConnect],
  ['publish', ofPublish],
  ['puback', ofAcknowledgement],
  ['pubrec', ofAcknowledgement],
  ['pubrel', ofAcknowledgement],
  ['pubcomp', ofAcknowledgement],
  ['subscribe', (packet) => ofFilters(packet, packet.subscriptions?.map(({ topic }) => topic) ?? [])],
  ['unsubscribe', (packet) => ofFilters(packet, packet.unsubscriptions ?? [])],
  ['pingreq', ofBare],
  ['disconnect', ofBare],
]);

/** The violation of MQTT 3.1.1 in a packet of a client. Undefined for a well-formed packet. */
export const malformation: PacketCheck = (packet) => {
  const check = CHECKS.get(packet.cmd);
  return check === undefined ? `${packet.cmd} is not sent by a client (table 2.1)` : check(packet);
};
