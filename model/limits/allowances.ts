import type { Clock, Timer } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { RateSettings } from './rates.ts';

export type Excess = 'device-messages' | 'device-bytes';

/** The remaining allowance of one sender. */
export class Allowance {
  readonly #messages: RateLimiter;
  readonly #bytes: RateLimiter;

  constructor({ messagesPerSecond, bytesPerSecond, burst }: RateSettings, now: number) {
    this.#messages = new RateLimiter(messagesPerSecond, burst, now);
    this.#bytes = new RateLimiter(bytesPerSecond, burst, now);
  }

  take(bytes: number, packets: number, now: number): void {
    this.#bytes.take(bytes, now);
    this.#messages.take(packets, now);
  }

  /** Time until the sender is within its rate again, and the rate; undefined while it is within. */
  excess(now: number): { readonly of: Excess; readonly ms: number } | undefined {
    const ofBytes = this.#bytes.debtMs(now);
    const ofMessages = this.#messages.debtMs(now);
    if (ofBytes === 0 && ofMessages === 0) return undefined;
    return ofBytes > ofMessages ? { of: 'device-bytes', ms: ofBytes } : { of: 'device-messages', ms: ofMessages };
  }

  isFull(now: number): boolean {
    return this.#bytes.isFull(now) && this.#messages.isFull(now);
  }
}

/**
 * The allowances of registered senders by name, over all of their connections and from one to the next: who connects
 * again has saved up nothing by it. Only names that were authenticated come in here, so the registry bounds it. To be
 * asked anew each time: a full one is forgotten, for it is as good as a new one.
 */
export class RateLimiters {
  readonly #limits: RateSettings;
  readonly #clock: Clock;
  readonly #sweep: Timer;
  readonly #byName = new Map<string, Allowance>();

  constructor(limits: RateSettings, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#sweep = clock.every(minutes(1), () => this.#forget());
  }

  of(name: string): Allowance {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const allowance = new Allowance(this.#limits, this.#clock.monotonic());
    this.#byName.set(name, allowance);
    return allowance;
  }

  stop(): void {
    this.#sweep.stop();
  }

  #forget(): void {
    const now = this.#clock.monotonic();
    for (const [name, allowance] of this.#byName) if (allowance.isFull(now)) this.#byName.delete(name);
  }
}
