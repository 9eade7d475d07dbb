import type { Packet } from '#model/readings/packet.ts';

/** A packet of this size is a backlog of some thousand values, not a live reading. */
const BULK_BYTES = 16 * 2 ** 10;

/** Pending bytes at which large packets wait: a disk syncs them in some milliseconds. */
const AHEAD_BYTES = 2 ** 20;

/** A waiting packet. */
export interface WaitingPublish<T> {
  readonly packet: Packet;
  readonly bytes: number;
  readonly rest: T;
}

/**
 * Queue for large packets while the disk is busy, so that a live reading is not synced together with megabytes of the backlog of another
 * device. Further packets of the same connection or sender wait behind them and keep their order.
 */
export class BulkQueue<T> {
  readonly #queue: WaitingPublish<T>[] = [];
  /** Number of waiting packets by connection and by sender. */
  readonly #owners = new Map<string | number, number>();

  /** True when this packet has to wait, with `ahead` pending bytes. */
  mustWait({ connection, sender }: Packet, bytes: number, ahead: number): boolean {
    if (this.#queue.length === 0) return bytes >= BULK_BYTES && ahead >= AHEAD_BYTES;
    return bytes >= BULK_BYTES || this.#owners.has(sender) || (connection > 0 && this.#owners.has(connection));
  }

  put(waiting: WaitingPublish<T>): void {
    this.#queue.push(waiting);
    for (const owner of ownersOf(waiting.packet)) this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
  }

  /** The next packet for the disk. Without pending bytes there is always one, so that small packets cannot starve large ones. */
  take(ahead: number): WaitingPublish<T> | undefined {
    return ahead >= AHEAD_BYTES ? undefined : this.#shift();
  }

  /** The next packet that has waited too long. */
  takeIf(isLate: (rest: T) => boolean): WaitingPublish<T> | undefined {
    const [oldest] = this.#queue;
    return oldest !== undefined && isLate(oldest.rest) ? this.#shift() : undefined;
  }

  #shift(): WaitingPublish<T> | undefined {
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    for (const owner of ownersOf(next.packet)) {
      const left = (this.#owners.get(owner) ?? 1) - 1;
      if (left === 0) this.#owners.delete(owner);
      else this.#owners.set(owner, left);
    }
    return next;
  }
}

/** The sender and the connection of a packet; an HTTP body has no connection. */
const ownersOf = ({ connection, sender }: Packet): readonly (string | number)[] =>
  connection > 0 ? [sender, connection] : [sender];
