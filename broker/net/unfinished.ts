import type { Clock, Timer } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Backpressure } from './backpressure.ts';

/** Reason to close a connection during a packet: the packet takes too long, or unfinished packets take too much memory. */
export type UnfinishedReason = 'packet-timeout' | 'unfinished';

export interface UnfinishedSettings {
  /** Memory limit of all unfinished packets. */
  readonly most: number;
  /** Time limit from the first to the last byte of a packet. */
  readonly packetTimeout: Duration;
}

/** Above the limit, connections are closed until this share of it is reached, so that it is not exceeded again at once. */
const RELIEF = 0.75;

const SWEEP_EVERY = seconds(1);

/** The unfinished packet, or WebSocket message, of one connection. */
export class Unfinished {
  readonly #all: UnfinishedPackets;
  readonly cut: (why: UnfinishedReason, bytes: number) => void;
  bytes = 0;
  /** Arrival of its first and of its last byte, on the monotonic clock. */
  begunAt = 0;
  grewAt = 0;

  /** @param cut closes the connection and reports it */
  constructor(all: UnfinishedPackets, cut: (why: UnfinishedReason, bytes: number) => void) {
    this.#all = all;
    this.cut = cut;
  }

  /** @param isAnother true when the packet began after the end of the previous one */
  update(bytes: number, isAnother: boolean): void {
    if (bytes === 0 && this.bytes === 0) return;
    this.#all.changed(this, bytes, isAnother);
  }
}

/**
 * The memory of the unfinished packets of all connections, authenticated or not. Above the limit, the connections are closed that
 * hold most bytes for the longest time without a further byte; an honest sender on a slow link continues. This memory also counts
 * for the backpressure, so that both have one bound.
 */
export class UnfinishedPackets {
  readonly #settings: UnfinishedSettings;
  readonly #clock: Clock;
  readonly #backpressure: Backpressure;
  readonly #packets = new Set<Unfinished>();
  readonly #sweep: Timer;
  #bytes = 0;
  #sweptAt: number;

  constructor(settings: UnfinishedSettings, deps: { readonly clock: Clock; readonly backpressure: Backpressure }) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#backpressure = deps.backpressure;
    this.#sweptAt = deps.clock.monotonic();
    this.#sweep = deps.clock.every(SWEEP_EVERY, () => this.#cutLate());
  }

  /** Number of unfinished packets. */
  get packets(): number {
    return this.#packets.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  stop(): void {
    this.#sweep.stop();
  }

  changed(packet: Unfinished, bytes: number, isAnother: boolean): void {
    const now = this.#clock.monotonic();
    if (isAnother || packet.bytes === 0) packet.begunAt = now;
    packet.grewAt = now;
    this.#bytes += bytes - packet.bytes;
    packet.bytes = bytes;
    if (bytes === 0) this.#packets.delete(packet);
    else this.#packets.add(packet);
    if (this.#bytes > this.#settings.most) this.#cutIdle(now);
    this.#backpressure.unfinished(this.#bytes);
  }

  #cutIdle(now: number): void {
    const burden = ({ bytes, grewAt }: Unfinished): number => bytes * (now - grewAt + 1);
    for (const packet of [...this.#packets].toSorted((a, b) => burden(b) - burden(a))) {
      if (this.#bytes <= this.#settings.most * RELIEF) break;
      this.#cut(packet, 'unfinished');
    }
  }

  #cutLate(): void {
    const now = this.#clock.monotonic();
    // while nothing is read, a sender cannot finish its packet
    const isHeld = this.#backpressure.isOn;
    const passed = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const packet of this.#packets) {
      if (isHeld) packet.begunAt += passed;
      else if (now - packet.begunAt > this.#settings.packetTimeout.ms) this.#cut(packet, 'packet-timeout');
    }
    this.#backpressure.unfinished(this.#bytes);
  }

  #cut(packet: Unfinished, why: UnfinishedReason): void {
    const { bytes } = packet;
    this.#packets.delete(packet);
    this.#bytes -= bytes;
    packet.bytes = 0;
    packet.cut(why, bytes);
  }
}
