import type { Duration } from '#model/base/duration.ts';

/** A leaky bucket: so much in a second, and what was not used lies ready up to the burst. Times are of a monotonic clock, in ms. */
export class RateLimiter {
  readonly #perMs: number;
  readonly #most: number;
  #level: number;
  #at: number;

  /** @param burst for so long what is not used is saved up */
  constructor(perSecond: number, burst: Duration, now: number) {
    this.#perMs = perSecond / 1_000;
    this.#most = Math.max(1, this.#perMs * burst.ms);
    this.#level = this.#most;
    this.#at = now;
  }

  /** Takes one, if it is there. */
  tryTake(now: number): boolean {
    this.#refill(now);
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }

  /** Takes what has come already, into debt if need be. */
  take(count: number, now: number): void {
    this.#refill(now);
    this.#level -= count;
  }

  /** Until the debt is paid; 0 when there is none. */
  debtMs(now: number): number {
    this.#refill(now);
    return this.#level >= 0 ? 0 : -this.#level / this.#perMs;
  }

  isFull(now: number): boolean {
    this.#refill(now);
    return this.#level >= this.#most;
  }

  #refill(now: number): void {
    this.#level = Math.min(this.#most, this.#level + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
