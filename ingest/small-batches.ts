import { type Duration, milliseconds } from '#model/base/duration.ts';

/** Entries from which on a batch is not small. */
const SMALL = 512;
/**
 * A small batch follows another one after so many times as long as that one has taken, and after 30 ms at most: the
 * transactions of a calm stream take a small part of the time, and a lone message does not wait.
 */
const REST = 6;
const LONGEST_REST: Duration = milliseconds(30);

/** The rest between small batches. Times are monotonic milliseconds. */
export class SmallBatches {
  #began = Number.NEGATIVE_INFINITY;
  #took: number | undefined;

  /** A batch is read. */
  began(now: number): void {
    this.#began = now;
    this.#took = undefined;
  }

  /** Its number of entries is known. */
  has(entries: number): void {
    if (entries >= SMALL) this.#began = Number.NEGATIVE_INFINITY;
  }

  /** A reader asks for the next batch: the first one to ask has finished the last. */
  asked(now: number): void {
    this.#took ??= now - this.#began;
  }

  /** Milliseconds until the next batch may be read. */
  left(now: number): number {
    return this.#began + Math.min((this.#took ?? 0) * REST, LONGEST_REST.ms) - now;
  }
}
