/**
 * Patch: the size of a packet, and packets before the CONNACK.
 *
 * Upstream: the parser stores as many bytes as a header declares, up to 256 MiB, also before the CONNECT. When a connection ends, Aedes
 * drops the packets that it received before its CONNACK.
 * Clause: section 2.2.3 sets the largest packet; section 3.1.4 permits packets after the CONNECT without waiting for the CONNACK.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { Duplex } from 'node:stream';
import { FrameScanner, type FramingLimits, type FramingViolation } from '#broker/mqtt/frame-scanner.ts';

/** The rate at which a connection is read. */
export interface Flow {
  /** Number of bytes that may be read now; 0 until the flow starts the reading again. */
  room(): number;
  /**
   * @param bytes number of bytes that were read
   * @param packets number of fixed headers that ended in them
   * @param unfinished bytes of the incomplete packet so far; 0 between two packets
   */
  took(bytes: number, packets: number, unfinished: number): void;
}

const UNBOUND: Flow = { room: () => Number.POSITIVE_INFINITY, took: () => undefined };

/** Data that a connection had sent when it ended. */
export interface SentBytes {
  /** Number of complete packets. */
  readonly whole: number;
  /** Bytes of the incomplete packet. */
  readonly unfinished: number;
}

export interface FramingGuard {
  /** Reads the rest of the data, and counts what is unserved. Called after the last read by Aedes. */
  sent(): SentBytes;
}

export interface GuardDeps {
  readonly limits: FramingLimits;
  readonly onViolation: (violation: FramingViolation) => void;
  readonly flow?: Flow;
  /** Tells whether the CONNECT was answered. Until then, the bytes after it are held back. */
  readonly isAnswered?: () => boolean;
}

/**
 * Checks the size of each packet before Aedes reads it. Aedes reads bytes with `conn.read(null)` only, so a replacement of this method
 * sees each chunk once, without a copy and without another stream. The connection is destroyed at the header of a packet that is too
 * large, before any of its body is stored; complete packets before it are passed on. Bytes that the flow does not admit stay
 * in the buffers of the connection and of the network, so that the sender waits and loses nothing. Bytes after the CONNECT wait there
 * too (MQTT 3.1.1 section 3.1.4).
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
    // the stream reads 0 bytes to fill its buffer
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
      // after a violation the start of the next packet is unknown
      for (let chunk: unknown = isCut ? null : read(); chunk instanceof Uint8Array; chunk = read()) {
        let rest: Uint8Array = chunk;
        while (rest.length > 0) {
          const { end, violation } = scanner.scan(rest);
          if (violation !== undefined) {
            isCut = true;
            return { whole: scanner.whole, unfinished: 0 };
          }
          rest = rest.subarray(end);
        }
      }
      return { whole: scanner.whole, unfinished: isCut ? 0 : scanner.unfinished };
    },
  };
};
