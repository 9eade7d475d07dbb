import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Flow } from '#broker/mqtt/patches/packet-size.ts';
import type { CountLimited } from '#broker/metrics/refusals.ts';
import type { RateLimiters } from '#model/limits/allowances.ts';
import type { Backpressure } from './backpressure.ts';
import { Unfinished, type UnfinishedPackets, type Overstay } from './unfinished.ts';

/** Longest time in which nothing is read of a connection on account of its rate: its PINGREQ waits for so long too. */
const PAUSE_MS = 2_000;

/** What is read after a pause of one that is still in debt: some tens of packets, so that it cannot get far behind. */
const SIP_BYTES = 1_024;

/** What a chunk takes in memory beside its bytes: a hundred thousand of one byte were seen to take 80 MB. */
export const CHUNK_BYTES = 800;

export interface FlowDeps {
  readonly allowances: RateLimiters;
  readonly pressure: Backpressure;
  readonly unfinished: UnfinishedPackets;
  readonly clock: Clock;
  readonly limited: CountLimited;
}

/** Who is at the other end, once it is known. */
export interface Peer {
  /** Undefined for one that is in no registry. */
  readonly name: string | undefined;
  /** Of its CONNECT; 0 is none. */
  readonly keepaliveMs: number;
}

export interface FlowCalls {
  /** Asked until it gives an answer. */
  readonly peer: () => Peer | undefined;
  /** Has the connection cut, which stays too long in the middle of a packet. */
  readonly onOverstay: (why: Overstay, bytes: number) => void;
}

/**
 * Slows a connection down by not reading from it: while its device is over its rate, and while too much of everyone
 * waits for the disk. Nothing is lost or out of order by it, and no connection is cut.
 */
export class ConnectionFlow implements Flow {
  readonly #connection: Duplex;
  readonly #peer: () => Peer | undefined;
  readonly #deps: FlowDeps;
  readonly #packet: Unfinished;
  #pause: Timer | undefined;
  #isSlowed = false;
  #heardAt: number;

  constructor(connection: Duplex, { peer, onOverstay }: FlowCalls, deps: FlowDeps) {
    this.#connection = connection;
    this.#peer = peer;
    this.#deps = deps;
    this.#packet = new Unfinished(deps.unfinished, onOverstay);
    this.#heardAt = deps.clock.monotonic();
    connection.once('close', () => {
      this.#pause?.stop();
      deps.pressure.leave(this.#resume);
      this.#packet.holds(0, false);
    });
  }

  /** When something was last read of it, of a monotonic clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  room(): number {
    const peer = this.#peer();
    // a CONNECT is small, and so is what is left of a connection that is gone
    if (peer === undefined || this.#connection.destroyed) return Number.POSITIVE_INFINITY;
    const { pressure } = this.#deps;
    if (pressure.isOn) {
      pressure.wait(this.#resume);
      this.#deps.limited('in-flight', { device: peer.name });
      return 0;
    }
    if (this.#pause !== undefined) return 0;
    return this.#excess(peer) === undefined ? Number.POSITIVE_INFINITY : SIP_BYTES;
  }

  took(bytes: number, packets: number, unfinished: number): void {
    this.#heardAt = this.#deps.clock.monotonic();
    if (!this.#connection.destroyed) this.#hold(bytes, unfinished);
    const peer = this.#peer();
    if (peer?.name === undefined) return;
    this.#deps.allowances.of(peer.name).take(bytes, packets, this.#heardAt);
    const excess = this.#excess(peer);
    if (excess === undefined) {
      this.#isSlowed = false;
      return;
    }
    if (!this.#isSlowed) this.#deps.limited(excess.of, { device: peer.name });
    this.#isSlowed = true;
    const most = peer.keepaliveMs === 0 ? PAUSE_MS : Math.min(PAUSE_MS, peer.keepaliveMs / 2);
    this.#pause ??= this.#deps.clock.after(milliseconds(Math.ceil(Math.min(excess.ms, most))), () => {
      this.#pause = undefined;
      this.#resume();
    });
  }

  #hold(bytes: number, unfinished: number): void {
    const isAnother = unfinished <= bytes;
    const before = isAnother ? 0 : this.#packet.bytes;
    const more = isAnother ? unfinished : bytes;
    this.#packet.holds(unfinished === 0 ? 0 : before + more + CHUNK_BYTES, isAnother);
  }

  #excess({ name }: Peer): ReturnType<ReturnType<RateLimiters['of']>['excess']> {
    if (name === undefined) return undefined;
    return this.#deps.allowances.of(name).excess(this.#deps.clock.monotonic());
  }

  /** Aedes reads whenever it is told that there is something to read. */
  readonly #resume = (): void => {
    if (!this.#connection.destroyed) this.#connection.emit('readable');
  };
}
