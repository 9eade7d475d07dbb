import type { Duplex } from 'node:stream';

/** Why a byte stream was cut: a CONNECT or a later packet over its limit, or a remaining length that never ends. */
export type FramingViolation = 'connect-too-large' | 'packet-too-large' | 'length-malformed';

/** Bytes of a whole packet, fixed header included. */
export interface FramingLimits {
  /** For the first packet, which comes from someone not yet known. */
  readonly connectBytes: number;
  readonly packetBytes: number;
}

/** How fast a connection may be read. */
export interface Flow {
  /** Bytes that may be taken now; 0 is none until the flow has the connection read again. */
  room(): number;
  /** What was taken, in bytes and in packets begun. */
  took(bytes: number, packets: number): void;
}

const LENGTH_BYTES = 4;

/**
 * Walks over the fixed headers of an MQTT byte stream (MQTT 3.1.1 section 2.2), in chunks cut anywhere, and names the
 * first packet that declares more than it may. It looks at header bytes alone and keeps none.
 */
export class FrameScanner {
  readonly #limits: FramingLimits;
  #limit: number;
  /** Bytes of the packet's body that are still to come. */
  #body = 0;
  /** Bytes of the fixed header seen so far. */
  #header = 0;
  #length = 0;
  #scale = 1;
  #packets = 0;

  constructor(limits: FramingLimits) {
    this.#limits = limits;
    this.#limit = limits.connectBytes;
  }

  /** Packets whose fixed header was seen whole. */
  get packets(): number {
    return this.#packets;
  }

  /** Takes the next chunk; after a violation the scanner is of no more use. */
  scan(chunk: Uint8Array): FramingViolation | undefined {
    const end = chunk.length;
    let at = this.#body;
    while (at < end) {
      const byte = chunk[at] ?? 0;
      at += 1;
      this.#header += 1;
      if (this.#header === 1) continue;
      this.#length += (byte & 0x7f) * this.#scale;
      if (byte < 0x80) {
        if (this.#header + this.#length > this.#limit) return this.#tooLarge();
        at += this.#length;
        this.#nextPacket();
      } else if (this.#header > LENGTH_BYTES) {
        return 'length-malformed';
      } else {
        this.#scale *= 0x80;
      }
    }
    this.#body = at - end;
    return undefined;
  }

  #nextPacket(): void {
    this.#packets += 1;
    this.#limit = this.#limits.packetBytes;
    this.#header = 0;
    this.#length = 0;
    this.#scale = 1;
  }

  #tooLarge(): FramingViolation {
    return this.#limit === this.#limits.packetBytes ? 'packet-too-large' : 'connect-too-large';
  }
}

const UNBOUND: Flow = { room: () => Number.POSITIVE_INFINITY, took: () => undefined };

/**
 * Stands between a connection and Aedes, which has no packet limit of its own and gathers whatever a header declares.
 * Aedes takes bytes by `conn.read(null)` and in no other way, so replacing that one method sees every chunk exactly
 * once without copying it, without a stream in between and without touching what Aedes writes. The connection is
 * destroyed as soon as the header is complete, before any of the body is kept. What the flow does not let through stays
 * in the buffers of the connection and of the network, so that its sender waits and loses nothing.
 */
export const guardFrames = (
  connection: Duplex,
  limits: FramingLimits,
  onViolation: (violation: FramingViolation) => void,
  flow: Flow = UNBOUND,
): void => {
  const scanner = new FrameScanner(limits);
  const read = connection.read.bind(connection);
  let isCut = false;
  connection.read = (size?: number): unknown => {
    // the stream itself asks for nothing, so that it is filled
    if (size === 0) return isCut ? null : read(0);
    const room = isCut ? 0 : flow.room();
    const chunk: unknown = room === 0 ? null : read(room < connection.readableLength ? room : size);
    if (!(chunk instanceof Uint8Array)) return null;
    const before = scanner.packets;
    const violation = scanner.scan(chunk);
    flow.took(chunk.byteLength, scanner.packets - before);
    if (violation === undefined) return chunk;
    isCut = true;
    onViolation(violation);
    connection.destroy();
    return null;
  };
};
