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
  /**
   * @param bytes that were taken
   * @param packets whose fixed header ended in them
   * @param unfinished bytes of the packet that is not whole yet, with those that were taken before; 0 between two packets
   */
  took(bytes: number, packets: number, unfinished: number): void;
}

const LENGTH_BYTES = 4;

/** What became of a chunk. */
interface Scanned {
  /** Bytes up to which it may be passed on: before the packet that violates a limit, or behind the first packet. */
  readonly end: number;
  readonly violation?: FramingViolation;
}

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
  /** Of the packet whose body comes. */
  #size = 0;
  #packets = 0;
  #isFirstWhole = false;

  constructor(limits: FramingLimits) {
    this.#limits = limits;
    this.#limit = limits.connectBytes;
  }

  /** Packets whose fixed header was seen whole. */
  get packets(): number {
    return this.#packets;
  }

  /** Was the first packet seen whole? */
  get isFirstWhole(): boolean {
    return this.#isFirstWhole;
  }

  /** Bytes seen of the packet that is not whole yet. */
  get unfinished(): number {
    return this.#body > 0 ? this.#size - this.#body : this.#header;
  }

  /** Packets that were seen whole. */
  get whole(): number {
    return this.#body > 0 ? this.#packets - 1 : this.#packets;
  }

  /**
   * Takes the next chunk, and stops behind the first packet; what follows it is to be given once more. After a violation
   * the scanner is of no more use.
   */
  scan(chunk: Uint8Array): Scanned {
    const end = chunk.length;
    let at = this.#body;
    let from = 0;
    while (at < end) {
      if (this.#isFirstBehind(at)) return this.#stop(at);
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
    this.#body = at - end;
    if (this.#body === 0 && this.#header === 0 && this.#packets > 0) this.#isFirstWhole = true;
    return { end };
  }

  /** Is this the end of the first packet? */
  #isFirstBehind(at: number): boolean {
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

const UNBOUND: Flow = { room: () => Number.POSITIVE_INFINITY, took: () => undefined };

/** What a connection had sent when it was over. */
export interface SentBytes {
  /** Packets that came whole. */
  readonly whole: number;
  /** Bytes of one that did not. */
  readonly unfinished: number;
}

export interface FramingGuard {
  /** Looks through what nobody has read. To be asked once, when nothing more will be read. */
  sent(): SentBytes;
}

export interface GuardDeps {
  readonly limits: FramingLimits;
  readonly onViolation: (violation: FramingViolation) => void;
  readonly flow?: Flow;
  /** Was the first packet, a CONNECT, answered? Until then nothing is passed on that came behind it. */
  readonly isAnswered?: () => boolean;
}

/**
 * Stands between a connection and Aedes, which has no packet limit of its own and gathers whatever a header declares.
 * Aedes takes bytes by `conn.read(null)` and in no other way, so replacing that one method sees every chunk exactly
 * once without copying it, without a stream in between and without touching what Aedes writes. The connection is
 * destroyed as soon as the header is complete, before any of the body is kept; what came whole before it is passed on.
 * What the flow does not let through stays in the buffers of the connection and of the network, so that its sender waits
 * and loses nothing. There, too, waits what a client sends behind its CONNECT (MQTT 3.1.1 section 3.1.4): the end of the
 * connection is told behind it, while Aedes drops what it was given before its CONNACK when the connection ends.
 */
export const guardFrames = (connection: Duplex, deps: GuardDeps): FramingGuard => {
  const { limits, onViolation, flow = UNBOUND, isAnswered = () => true } = deps;
  const scanner = new FrameScanner(limits);
  const read = connection.read.bind(connection);
  let isCut = false;
  let isHeld = true;

  const room = (): number => {
    if (isCut) return 0;
    if (isHeld && scanner.isFirstWhole) {
      if (!isAnswered()) return 0;
      isHeld = false;
    }
    return flow.room();
  };

  connection.read = (size?: number): unknown => {
    // the stream itself asks for nothing, so that it is filled
    if (size === 0) return isCut ? null : read(0);
    const most = room();
    const chunk: unknown = most === 0 ? null : read(most < connection.readableLength ? most : size);
    if (!(chunk instanceof Uint8Array)) return null;
    const before = scanner.packets;
    const { end, violation } = scanner.scan(chunk);
    flow.took(end, scanner.packets - before, scanner.unfinished);
    if (violation !== undefined) {
      isCut = true;
      onViolation(violation);
      connection.destroy();
    } else if (end < chunk.length) {
      connection.unshift(chunk.subarray(end));
    }
    if (end === 0) return null;
    return end === chunk.length ? chunk : chunk.subarray(0, end);
  };

  return {
    sent: () => {
      // behind a violation nobody knows where a packet begins
      for (let chunk: unknown = isCut ? null : read(); chunk instanceof Uint8Array; chunk = read()) {
        let rest: Uint8Array = chunk;
        while (rest.length > 0) {
          const { end, violation } = scanner.scan(rest);
          if (violation !== undefined) return { whole: scanner.whole, unfinished: 0 };
          rest = rest.subarray(end);
        }
      }
      return { whole: scanner.whole, unfinished: isCut ? 0 : scanner.unfinished };
    },
  };
};
