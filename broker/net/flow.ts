import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Flow } from '#broker/mqtt/patches/packet-size.ts';
import type { CountLimited } from '#broker/metrics/refusals.ts';
import type { RateLimiters } from '#model/limits/allowances.ts';
import type { Backpressure } from './backpressure.ts';
import { Unfinished, type UnfinishedPackets, type UnfinishedReason } from './unfinished.ts';

/** Longest pause of a connection above its rate. Its PINGREQ waits as long. */
const PAUSE_MS = 2_000;

/** Bytes that are read after a pause while the connection is still above its rate: some tens of packets. */
const PAUSED_BYTES = 1_024;

/** Memory of a chunk beside its bytes: 100,000 chunks of one byte took 80 MB. */
export const CHUNK_BYTES = 800;

export interface FlowDeps {
  readonly rateLimiters: RateLimiters;
  readonly backpressure: Backpressure;
  readonly unfinished: UnfinishedPackets;
  readonly clock: Clock;
  readonly limited: CountLimited;
}

/** The authenticated client of a connection. */
export interface Peer {
  /** Registered name. Undefined for a client without one. */
  readonly name: string | undefined;
  readonly address: string | undefined;
  /** Keepalive of the CONNECT; 0 means none. */
  readonly keepaliveMs: number;
}

export interface FlowCalls {
  /** Called until it returns a peer. */
  readonly peer: () => Peer | undefined;
  /** Closes the connection because of an unfinished packet. */
  readonly onUnfinished: (why: UnfinishedReason, bytes: number) => void;
}

/**
 * Slows down a connection by not reading from it: while its device is above its rate, and under backpressure. Packets are neither
 * lost nor reordered, and the connection stays open.
 */
export class ConnectionFlow implements Flow {
  readonly #connection: Duplex;
  readonly #peer: () => Peer | undefined;
  readonly #deps: FlowDeps;
  readonly #packet: Unfinished;
  #pause: Timer | undefined;
  #isSlowed = false;
  #lastReadAt: number;

  constructor(connection: Duplex, { peer, onUnfinished }: FlowCalls, deps: FlowDeps) {
    this.#connection = connection;
    this.#peer = peer;
    this.#deps = deps;
    this.#packet = new Unfinished(deps.unfinished, onUnfinished);
    this.#lastReadAt = deps.clock.monotonic();
    connection.once('close', () => {
      this.#pause?.stop();
      deps.backpressure.leave(this.#resume);
      this.#packet.update(0, false);
    });
  }

  /** Time of the last read, on the monotonic clock. */
  get lastReadAt(): number {
    return this.#lastReadAt;
  }

  room(): number {
    const peer = this.#peer();
    // a CONNECT is small, and so is the rest of a closed connection
    if (peer === undefined || this.#connection.destroyed) return Number.POSITIVE_INFINITY;
    const { backpressure } = this.#deps;
    if (backpressure.isOn) {
      backpressure.wait(this.#resume);
      this.#deps.limited('in-flight', { device: peer.name });
      return 0;
    }
    if (this.#pause !== undefined) return 0;
    return this.#excess(peer) === undefined ? Number.POSITIVE_INFINITY : PAUSED_BYTES;
  }

  took(bytes: number, packets: number, unfinished: number): void {
    this.#lastReadAt = this.#deps.clock.monotonic();
    if (!this.#connection.destroyed) this.#trackUnfinished(bytes, unfinished);
    const peer = this.#peer();
    if (peer?.name === undefined) return;
    this.#deps.rateLimiters.of(peer.name).take(bytes, packets, this.#lastReadAt);
    const excess = this.#excess(peer);
    if (excess === undefined) {
      this.#isSlowed = false;
      return;
    }
    if (!this.#isSlowed) this.#deps.limited(excess.of, { device: peer.name, address: peer.address });
    this.#isSlowed = true;
    const most = peer.keepaliveMs === 0 ? PAUSE_MS : Math.min(PAUSE_MS, peer.keepaliveMs / 2);
    this.#pause ??= this.#deps.clock.after(milliseconds(Math.ceil(Math.min(excess.ms, most))), () => {
      this.#pause = undefined;
      this.#resume();
    });
  }

  #trackUnfinished(bytes: number, unfinished: number): void {
    const isAnother = unfinished <= bytes;
    const before = isAnother ? 0 : this.#packet.bytes;
    const more = isAnother ? unfinished : bytes;
    this.#packet.update(unfinished === 0 ? 0 : before + more + CHUNK_BYTES, isAnother);
  }

  #excess({ name }: Peer): ReturnType<ReturnType<RateLimiters['of']>['excess']> {
    if (name === undefined) return undefined;
    return this.#deps.rateLimiters.of(name).excess(this.#deps.clock.monotonic());
  }

  /** Aedes reads after this event. */
  readonly #resume = (): void => {
    if (!this.#connection.destroyed) this.#connection.emit('readable');
  };
}
