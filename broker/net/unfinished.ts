import type { Clock, Timer } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Backpressure } from './backpressure.ts';

/** Why a connection is cut in the middle of a packet: it takes too long over it, or all of them take too much memory. */
export type Overstay = 'packet-timeout' | 'unfinished';

export interface UnfinishedSettings {
  /** Memory that unfinished packets may take in all. */
  readonly most: number;
  /** How long a packet may take from its first byte to its last. */
  readonly packetTimeout: Duration;
}

/** Share of the bound down to which connections are cut when it is passed, so that it is not passed again at once. */
const RELIEF = 0.75;

const SWEEP_EVERY = seconds(1);

/** What a connection holds of a packet, or of a WebSocket frame, that is not whole yet. */
export class Unfinished {
  readonly #all: UnfinishedPackets;
  readonly cut: (why: Overstay, bytes: number) => void;
  bytes = 0;
  /** When it began, and when it last grew; of a monotonic clock. */
  begunAt = 0;
  grewAt = 0;

  /** @param cut closes the connection, and tells of it */
  constructor(all: UnfinishedPackets, cut: (why: Overstay, bytes: number) => void) {
    this.#all = all;
    this.cut = cut;
  }

  /** @param isAnother whether what is held now began after what was held before was whole */
  holds(bytes: number, isAnother: boolean): void {
    if (bytes === 0 && this.bytes === 0) return;
    this.#all.changed(this, bytes, isAnother);
  }
}

/**
 * The memory of packets of which only the beginning has come, of all connections, known or not. Past the bound those
 * connections are cut that hold most for longest without a further byte; an honest sender on a slow link goes on. It
 * counts into the memory of what waits for the disk, too, so that both together have one bound.
 */
export class UnfinishedPackets {
  readonly #settings: UnfinishedSettings;
  readonly #clock: Clock;
  readonly #pressure: Backpressure;
  readonly #held = new Set<Unfinished>();
  readonly #sweep: Timer;
  #bytes = 0;
  #sweptAt: number;

  constructor(settings: UnfinishedSettings, deps: { readonly clock: Clock; readonly pressure: Backpressure }) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#pressure = deps.pressure;
    this.#sweptAt = deps.clock.monotonic();
    this.#sweep = deps.clock.every(SWEEP_EVERY, () => this.#cutLate());
  }

  /** Packets that are not whole, and the memory that they take. */
  get packets(): number {
    return this.#held.size;
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
    if (bytes === 0) this.#held.delete(packet);
    else this.#held.add(packet);
    if (this.#bytes > this.#settings.most) this.#cutIdle(now);
    this.#pressure.unfinished(this.#bytes);
  }

  #cutIdle(now: number): void {
    const burden = ({ bytes, grewAt }: Unfinished): number => bytes * (now - grewAt + 1);
    for (const packet of [...this.#held].toSorted((a, b) => burden(b) - burden(a))) {
      if (this.#bytes <= this.#settings.most * RELIEF) break;
      this.#cut(packet, 'unfinished');
    }
  }

  #cutLate(): void {
    const now = this.#clock.monotonic();
    // while nothing is read, no sender can finish
    const isHeld = this.#pressure.isOn;
    const passed = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const packet of this.#held) {
      if (isHeld) packet.begunAt += passed;
      else if (now - packet.begunAt > this.#settings.packetTimeout.ms) this.#cut(packet, 'packet-timeout');
    }
    this.#pressure.unfinished(this.#bytes);
  }

  #cut(packet: Unfinished, why: Overstay): void {
    const { bytes } = packet;
    this.#held.delete(packet);
    this.#bytes -= bytes;
    packet.bytes = 0;
    packet.cut(why, bytes);
  }
}
