/**
 * Patch: the reading of publishes that arrive whole.
 *
 * Upstream: the parser copies each packet through a list of buffers and a table of states, with a call for a debug log at each of some
 * twenty steps.
 * Clause: none; it is a matter of speed. Each packet that is not well-formed at first sight goes to the parser.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { PublishPacket } from 'aedes';
import { hasMembers, hasMethods, missing } from '#broker/mqtt/patches/internals.ts';
import { isWellFormed } from './strings.ts';

/** Members of the parser that are not in its types. */
interface ChunkParser {
  parse(chunk: Buffer): number;
  /** Bytes that are stored for the packet that is not complete. */
  readonly _list: { readonly length: number };
  /** 0 before the first byte of a packet, 2 while its body is incomplete. */
  readonly _stateCounter: number;
  readonly packet: { readonly length: number };
}

const isChunkParser = (value: unknown): value is ChunkParser =>
  typeof value === 'object' &&
  value !== null &&
  hasMethods(value, ['parse']) &&
  hasMembers(value, ['_list', 'packet'], 'object') &&
  hasMembers(value, ['_stateCounter'], 'number');

/** The state of the parser in which the header is read and the body is not. */
const IN_BODY = 2;

/** PUBLISH of QoS 1; the masked bits are DUP and RETAIN. */
const PUBLISH_QOS_1 = 0x32;
const FLAGS = 0x09;
const DUP = 0x08;
const RETAIN = 0x01;

const LENGTH_BYTES = 4;

/** Length of the fixed header and of the whole packet. */
interface Frame {
  readonly header: number;
  readonly end: number;
}

/** The frame that starts here. Undefined when it is not whole. */
const frameAt = (chunk: Buffer, at: number): Frame | undefined => {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES; i += 1) {
    const byte = chunk[at + 1 + i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 0x80 ** i;
    if (byte >= 0x80) continue;
    const header = 2 + i;
    const end = at + header + length;
    return end > chunk.length ? undefined : { header, end };
  }
  return undefined;
};

/** Reads publishes of one connection. The topic of the last one is kept: a device has one topic. */
class PublishReader {
  #topic = '';
  #bytes = Buffer.alloc(0);

  /** The publish in a whole frame. Undefined for any other packet, which the parser reads. */
  read(chunk: Buffer, at: number, { header, end }: Frame): PublishPacket | undefined {
    const first = chunk[at] ?? 0;
    if ((first & ~FLAGS) !== PUBLISH_QOS_1) return undefined;
    const body = at + header;
    const topicAt = body + 2;
    if (topicAt > end) return undefined;
    const idAt = topicAt + chunk.readUInt16BE(body);
    const payloadAt = idAt + 2;
    if (payloadAt > end) return undefined;
    const messageId = chunk.readUInt16BE(idAt);
    if (messageId === 0 || !this.#readTopic(chunk, topicAt, idAt)) return undefined;
    return {
      cmd: 'publish',
      retain: (first & RETAIN) !== 0,
      qos: 1,
      dup: (first & DUP) !== 0,
      length: end - body,
      topic: this.#topic,
      payload: chunk.subarray(payloadAt, end),
      messageId,
    };
  }

  #readTopic(chunk: Buffer, from: number, to: number): boolean {
    if (this.#isSameTopic(chunk, from, to)) return true;
    const topic = chunk.toString('utf8', from, to);
    if (!isWellFormed(topic, () => chunk.subarray(from, to))) return false;
    this.#topic = topic;
    this.#bytes = Buffer.from(chunk.subarray(from, to));
    return true;
  }

  #isSameTopic(chunk: Buffer, from: number, to: number): boolean {
    const bytes = this.#bytes;
    if (bytes.length !== to - from) return false;
    for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== chunk[from + i]) return false;
    return true;
  }
}

/**
 * Passes whole publishes of QoS 1 on without the parser, in the order of arrival.
 * @param take receives a publish; it is not called after `isOver`
 */
export const readWholePublishes = (
  given: object,
  { take, isOver }: { readonly take: (packet: PublishPacket) => void; readonly isOver: () => boolean },
): void => {
  if (!isChunkParser(given)) throw missing('parser.parse of mqtt-packet 9', 'parser/whole-publishes');
  const parser: ChunkParser = given;
  const parse = parser.parse.bind(parser);
  const reader = new PublishReader();

  const hasBegun = (): boolean => parser._stateCounter > 0 || parser._list.length > 0;

  /** Passes to the parser what it lacks of a packet that it has begun; returns the end of it. */
  const finishBegun = (chunk: Buffer): number => {
    let at = 0;
    while (at < chunk.length && hasBegun() && !isOver()) {
      const lacks = parser._stateCounter === IN_BODY ? parser.packet.length - parser._list.length : 1;
      const end = Math.min(chunk.length, at + Math.max(1, lacks));
      parse(chunk.subarray(at, end));
      at = end;
    }
    return at;
  };

  parser.parse = (chunk) => {
    let at = finishBegun(chunk);
    while (at < chunk.length && !isOver()) {
      const frame = frameAt(chunk, at);
      const publish = frame && reader.read(chunk, at, frame);
      if (publish !== undefined) take(publish);
      else parse(chunk.subarray(at, frame?.end));
      at = frame?.end ?? chunk.length;
    }
    return parser._list.length;
  };
};
