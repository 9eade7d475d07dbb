import type { Packet } from '#model/readings/packet.ts';

/** From here on a packet is a backlog and no live reading: a few thousand values at once. */
const BULK_BYTES = 16 * 2 ** 10;

/** Bytes on their way to disk at which backlogs wait: what a disk syncs in a few milliseconds. */
const AHEAD_BYTES = 2 ** 20;

/** What waits, with all that the journal has to be asked for it. */
export interface WaitingPublish<T> {
  readonly packet: Packet;
  readonly bytes: number;
  readonly rest: T;
}

/**
 * Where big packets wait while the disk is busy, so that a live reading is never synced together with megabytes of
 * another device's backlog. Whoever has a packet in here puts the following ones behind it: each connection, and each
 * sender, keeps its order.
 */
export class BulkQueue<T> {
  readonly #queue: WaitingPublish<T>[] = [];
  /** How many packets of each connection and sender wait. */
  readonly #owners = new Map<string | number, number>();

  /** Must this packet wait, with so many bytes on their way to disk? */
  holds({ connection, sender }: Packet, bytes: number, ahead: number): boolean {
    if (this.#queue.length === 0) return bytes >= BULK_BYTES && ahead >= AHEAD_BYTES;
    return bytes >= BULK_BYTES || this.#owners.has(sender) || (connection > 0 && this.#owners.has(connection));
  }

  put(waiting: WaitingPublish<T>): void {
    this.#queue.push(waiting);
    for (const owner of ownersOf(waiting.packet)) this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
  }

  /** The next that may go to disk: always one when nothing is on its way, so that small packets starve no big one. */
  take(ahead: number): WaitingPublish<T> | undefined {
    return ahead >= AHEAD_BYTES ? undefined : this.#shift();
  }

  /** The next that has waited too long. */
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

/** An HTTP body has no connection of its own. */
const ownersOf = ({ connection, sender }: Packet): readonly (string | number)[] =>
  connection > 0 ? [sender, connection] : [sender];
