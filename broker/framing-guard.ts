import type { Duplex } from 'node:stream';

/** Why a byte stream was cut: a CONNECT or a later packet over its limit, or a remaining length that never ends. */
export type FramingViolation = 'connect-too-large' | 'packet-too-large' | 'length-malformed';

/** Bytes of a whole packet, fixed header included. */
export interface FramingLimits {
  /** For the first packet, which comes from someone not yet known. */
  readonly connectBytes: number;
  readonly packetBytes: number;
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

  constructor(limits: FramingLimits) {
    this.#limits = limits;
    this.#limit = limits.connectBytes;
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
    this.#limit = this.#limits.packetBytes;
    this.#header = 0;
    this.#length = 0;
    this.#scale = 1;
  }

  #tooLarge(): FramingViolation {
    return this.#limit === this.#limits.packetBytes ? 'packet-too-large' : 'connect-too-large';
  }
}

/**
 * Stands between a connection and Aedes, which has no packet limit of its own and gathers whatever a header declares.
 * Aedes takes bytes by `conn.read(null)` and in no other way, so replacing that one method sees every chunk exactly
 * once without copying it, without a stream in between and without touching what Aedes writes. The connection is
 * destroyed as soon as the header is complete, before any of the body is kept.
 */
export const guardFrames = (
  connection: Duplex,
  limits: FramingLimits,
  onViolation: (violation: FramingViolation) => void,
): void => {
  const scanner = new FrameScanner(limits);
  const read = connection.read.bind(connection);
  let isCut = false;
  connection.read = (size?: number): unknown => {
    const chunk: unknown = isCut ? null : read(size);
    if (!(chunk instanceof Uint8Array)) return null;
    const violation = scanner.scan(chunk);
    if (violation === undefined) return chunk;
    isCut = true;
    onViolation(violation);
    connection.destroy();
    return null;
  };
};
