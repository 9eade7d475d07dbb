import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '#model/clock.ts';
import { milliseconds } from '#model/duration.ts';
import type { Flow, Taken } from '#broker/framing-guard.ts';
import type { Limited } from '#broker/refusals.ts';
import type { Allowances } from '#model/limits/allowances.ts';
import type { Pressure } from './pressure.ts';

/** Longest time in which nothing is read of a connection on account of its rate: its PINGREQ waits for so long too. */
const PAUSE_MS = 2_000;

/** What is read after a pause of one that is still in debt: some tens of packets, so that it cannot get far behind. */
const SIP_BYTES = 1_024;

export interface FlowDeps {
  readonly allowances: Allowances;
  readonly pressure: Pressure;
  readonly clock: Clock;
  readonly limited: Limited;
}

/** Who is at the other end, once it is known. */
export interface Peer {
  /** Undefined for one that is in no registry. */
  readonly name: string | undefined;
  /** Of its CONNECT; 0 is none. */
  readonly keepaliveMs: number;
}

/**
 * Slows a connection down by not reading from it: while its device is over its rate, and while too much of everyone
 * waits for the disk. Nothing is lost or out of order by it, and no connection is cut.
 */
export class ConnectionFlow implements Flow {
  readonly #connection: Duplex;
  readonly #peer: () => Peer | undefined;
  readonly #deps: FlowDeps;
  #pause: Timer | undefined;
  #isSlowed = false;

  /** @param peer asked until it gives an answer */
  constructor(connection: Duplex, peer: () => Peer | undefined, deps: FlowDeps) {
    this.#connection = connection;
    this.#peer = peer;
    this.#deps = deps;
    connection.once('close', () => {
      this.#pause?.stop();
      deps.pressure.leave(this.#resume);
    });
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

  took({ bytes, packets }: Taken): void {
    const peer = this.#peer();
    if (peer?.name === undefined) return;
    this.#deps.allowances.of(peer.name).take(bytes, packets, this.#deps.clock.monotonic());
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

  #excess({ name }: Peer): ReturnType<ReturnType<Allowances['of']>['excess']> {
    if (name === undefined) return undefined;
    return this.#deps.allowances.of(name).excess(this.#deps.clock.monotonic());
  }

  /** Aedes reads whenever it is told that there is something to read. */
  readonly #resume = (): void => {
    if (!this.#connection.destroyed) this.#connection.emit('readable');
  };
}
