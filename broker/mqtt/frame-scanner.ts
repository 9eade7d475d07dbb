/**
 * Violation of a byte stream: a CONNECT or a later packet above its limit, a remaining length of more than four bytes, or the first
 * record of TLS.
 */
export type FramingViolation = 'connect-too-large' | 'packet-too-large' | 'length-malformed' | 'tls-on-plain-port';

/** Sizes of a whole packet in bytes, with its fixed header. */
export interface FramingLimits {
  /** Limit of the first packet, whose sender is still unknown. */
  readonly connectBytes: number;
  readonly packetBytes: number;
}

const LENGTH_BYTES = 4;

/** First byte of TLS, a handshake record. As MQTT it would be a CONNECT with flags, which is forbidden [MQTT-2.2.2-2]. */
const TLS_HANDSHAKE = 0x16;

/** Result for one chunk. */
interface Scanned {
  /** Number of bytes to pass on: up to the packet that violates a limit, or to the end of the first packet. */
  readonly end: number;
  readonly violation?: FramingViolation;
}

/**
 * Reads the fixed headers of an MQTT byte stream (MQTT 3.1.1 section 2.2) in chunks of any size, and finds the first packet that
 * declares more bytes than the limit. It reads header bytes only and stores none.
 */
export class FrameScanner {
  readonly #limits: FramingLimits;
  #limit: number;
  /** Bytes of the packet that are still missing. */
  #body = 0;
  /** Bytes of the fixed header so far. */
  #header = 0;
  #length = 0;
  #scale = 1;
  /** Size of the packet whose body is being read. */
  #size = 0;
  #packets = 0;
  #isFirstWhole = false;

  constructor(limits: FramingLimits) {
    this.#limits = limits;
    this.#limit = limits.connectBytes;
  }

  /** Number of complete fixed headers. */
  get packets(): number {
    return this.#packets;
  }

  /** True after the end of the first packet. */
  get isFirstWhole(): boolean {
    return this.#isFirstWhole;
  }

  /** Bytes of the incomplete packet so far. */
  get unfinished(): number {
    return this.#body > 0 ? this.#size - this.#body : this.#header;
  }

  /** Number of complete packets. */
  get whole(): number {
    return this.#body > 0 ? this.#packets - 1 : this.#packets;
  }

  /**
   * Reads the next chunk. It stops at the end of the first packet: the caller passes the rest again. After a violation the
   * scanner cannot be used any more.
   */
  scan(chunk: Uint8Array): Scanned {
    if (this.#isTls(chunk)) return { end: 0, violation: 'tls-on-plain-port' };
    const end = chunk.length;
    let at = this.#body;
    let from = 0;
    while (at < end) {
      if (this.#isEndOfFirst(at)) return this.#stop(at);
      if (this.#header === 0) from = at;
      const byte = chunk[at] ?? 0;
      at += 1;
      this.#header += 1;
      if (this.#header === 1) continue;
      this.#length += (byte & 0x7f) * this.#scale;
      if (byte < 0x80) {
        if (this.#header + this.#length > this.#limit) return { end: from, violation: this.#tooLarge() };
        at += this.#length;
        this.#nextPacket();
      } else if (this.#header > LENGTH_BYTES) {
        return { end: from, violation: 'length-malformed' };
      } else {
        this.#scale *= 0x80;
      }
    }
    this.#endChunk(at - end);
    return { end };
  }

  #endChunk(missing: number): void {
    this.#body = missing;
    if (missing === 0 && this.#header === 0 && this.#packets > 0) this.#isFirstWhole = true;
  }

  #isTls([first]: Uint8Array): boolean {
    return this.#packets === 0 && this.#header === 0 && first === TLS_HANDSHAKE;
  }

  /** True at the end of the first packet. */
  #isEndOfFirst(at: number): boolean {
    return !this.#isFirstWhole && this.#packets === 1 && this.#header === 0 && at > 0;
  }

  #stop(at: number): Scanned {
    this.#isFirstWhole = true;
    this.#body = 0;
    return { end: at };
  }

  #nextPacket(): void {
    this.#size = this.#header + this.#length;
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
