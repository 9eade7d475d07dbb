import { crc32 } from 'node:zlib';
import { ENTRY_KINDS, type Entry, type Packet, type Qos } from '#model/readings/packet.ts';

/**
 * A frame is one entry on disk, little-endian:
 *
 *     0 CRC-32 of the rest, starting with the seed of the journal      24 connection, u32     32 length of sender, u16
 *     4 length of the whole frame, u32                                 28 packet id, u16      34 length of topic, u16
 *     8 sequence, u64                                                  30 kind, u8            36 sender, topic, payload
 *    16 received-at, f64, milliseconds                                 31 QoS and DUP, u8
 *
 * The seed is derived from the id of the journal, so that frames of another journal are not intact.
 */
export const HEADER_BYTES = 36;

const DUP = 4;
const TWO_32 = 2 ** 32;

/** Bytes of a journal in memory. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const chunkOf = (bytes: Buffer): Chunk => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

export const seedOf = (journal: string): number => crc32(journal);

const KIND_NUMBER: Readonly<Record<string, number>> = Object.fromEntries(ENTRY_KINDS.map((kind, i) => [kind, i]));

/** Upper bound for the length of the frame of this packet. */
export const frameBound = ({ sender, topic, payload }: Packet): number =>
  HEADER_BYTES + 3 * (sender.length + topic.length) + payload.length;

/**
 * Writes a frame into a chunk with room for `frameBound` bytes, and returns its length.
 * @throws RangeError when sender or topic are longer than MQTT allows; the frame is then not written
 */
// oxlint-disable-next-line max-params -- called for each packet, where an object of parameters costs time
export const encodeFrame = (into: Chunk, at: number, sequence: number, packet: Packet, seed: number): number => {
  const { bytes, view } = into;
  const text = at + HEADER_BYTES;
  const senderLength = bytes.write(packet.sender, text);
  const topicLength = bytes.write(packet.topic, text + senderLength);
  if (senderLength > 0xffff || topicLength > 0xffff)
    throw new RangeError('a sender or topic is longer than 65,535 bytes');
  const payloadAt = text + senderLength + topicLength;
  bytes.set(packet.payload, payloadAt);
  const end = payloadAt + packet.payload.length;
  view.setUint32(at + 4, end - at, true);
  view.setUint32(at + 8, sequence % TWO_32, true);
  view.setUint32(at + 12, Math.floor(sequence / TWO_32), true);
  view.setFloat64(at + 16, packet.receivedAt, true);
  view.setUint32(at + 24, packet.connection, true);
  view.setUint16(at + 28, packet.packetId, true);
  view.setUint8(at + 30, KIND_NUMBER[packet.kind] ?? 0);
  view.setUint8(at + 31, packet.qos + (packet.dup ? DUP : 0));
  view.setUint16(at + 32, senderLength, true);
  view.setUint16(at + 34, topicLength, true);
  view.setUint32(at, crc32(bytes.subarray(at + 4, end), seed), true);
  return end - at;
};

export const frameLength = ({ view }: Chunk, at: number): number => view.getUint32(at + 4, true);

export const frameSequence = ({ view }: Chunk, at: number): number =>
  view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * TWO_32;

export const frameReceivedAt = ({ view }: Chunk, at: number): number => view.getFloat64(at + 16, true);

export const frameSender = ({ bytes, view }: Chunk, at: number): string =>
  bytes.toString('utf8', at + HEADER_BYTES, at + HEADER_BYTES + view.getUint16(at + 32, true));

export const isReadings = ({ view }: Chunk, at: number): boolean => view.getUint8(at + 30) === KIND_NUMBER['readings'];

/** True when 36 bytes may be the header of a frame that ends at or before `end`. The CRC decides. */
export const isPlausible = (chunk: Chunk, at: number, end: number): boolean => {
  const { view } = chunk;
  const length = frameLength(chunk, at);
  if (length < HEADER_BYTES || at + length > end) return false;
  if (view.getUint8(at + 30) >= ENTRY_KINDS.length || view.getUint8(at + 31) > DUP + 2) return false;
  return HEADER_BYTES + view.getUint16(at + 32, true) + view.getUint16(at + 34, true) <= length;
};

/** True when the CRC of a plausible and complete frame is correct. */
export const isIntact = (chunk: Chunk, at: number, seed: number): boolean => {
  const { bytes, view } = chunk;
  return crc32(bytes.subarray(at + 4, at + frameLength(chunk, at)), seed) === view.getUint32(at, true);
};

const QOS: readonly Qos[] = [0, 1, 2];

/** Sender and topic of a frame, with their bytes. */
interface FrameNames {
  readonly bytes: Uint8Array;
  readonly senderLength: number;
  readonly sender: string;
  readonly topic: string;
}

const NAMES = 4_096;
/** Longer names are not kept. */
const KEPT_BYTES = 256;

/**
 * Sender and topic of frames. A connection mostly sends the names of its last frame again: they are compared as bytes, and the
 * same strings are given, which every later look-up finds faster.
 */
export class FrameNamesCache {
  readonly #known: (FrameNames | undefined)[] = Array.from({ length: NAMES });

  of(chunk: Chunk, at: number): FrameNames {
    const slot = chunk.view.getUint32(at + 24, true) % NAMES;
    const known = this.#known[slot];
    if (known !== undefined && isSame(known, chunk, at)) return known;
    const names = readNames(chunk, at);
    if (names.bytes.length <= KEPT_BYTES) this.#known[slot] = names;
    return names;
  }
}

const readNames = ({ bytes, view }: Chunk, at: number): FrameNames => {
  const from = at + HEADER_BYTES;
  const senderLength = view.getUint16(at + 32, true);
  const topicAt = from + senderLength;
  const end = topicAt + view.getUint16(at + 34, true);
  return {
    bytes: Uint8Array.from(bytes.subarray(from, end)),
    senderLength,
    sender: bytes.toString('utf8', from, topicAt),
    topic: bytes.toString('utf8', topicAt, end),
  };
};

const isSame = ({ bytes: known, senderLength }: FrameNames, { bytes, view }: Chunk, at: number): boolean => {
  if (view.getUint16(at + 32, true) !== senderLength) return false;
  if (view.getUint16(at + 34, true) !== known.length - senderLength) return false;
  const from = at + HEADER_BYTES;
  for (let i = 0; i < known.length; i += 1) if (bytes[from + i] !== known[i]) return false;
  return true;
};

/** Reads an intact frame. The payload is a view of the chunk and keeps it in memory. */
export const decodeFrame = (chunk: Chunk, at: number, names: FrameNamesCache): Entry => {
  const { bytes, view } = chunk;
  const flags = view.getUint8(at + 31);
  const { sender, topic } = names.of(chunk, at);
  const payloadAt = at + HEADER_BYTES + view.getUint16(at + 32, true) + view.getUint16(at + 34, true);
  return {
    sequence: frameSequence(chunk, at),
    kind: ENTRY_KINDS[view.getUint8(at + 30)] ?? 'readings',
    sender,
    connection: view.getUint32(at + 24, true),
    topic,
    payload: bytes.subarray(payloadAt, at + frameLength(chunk, at)),
    qos: QOS[flags & 3] ?? 0,
    dup: (flags & DUP) !== 0,
    packetId: view.getUint16(at + 28, true),
    receivedAt: frameReceivedAt(chunk, at),
  };
};
