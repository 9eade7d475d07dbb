import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds, minutes } from '#model/base/duration.ts';

/** Failed tries of one address and of all in a window, after which tries are delayed. */
const WINDOW = minutes(10);
const OF_ONE = 10;
const OF_ALL = 200;

/** Most remembered addresses; the oldest is dropped. */
const ADDRESSES = 10_000;

/** Delay that each further failure adds for its address and for everyone, and the longest delays. */
const ONE_MORE_MS = 250;
const ONE_MOST_MS = 4_000;
const ALL_MORE_MS = 10;
const ALL_MOST_MS = 1_000;

/** Most waiting tries. A further one does not wait, so that waiting tries lock nobody out. */
const WAITING = 1_000;

interface Window {
  count: number;
  readonly until: number;
}

/** Result of a failure: the bound that it passed, and the end of its window. */
export interface Passed {
  readonly limit: 'claims-per-address' | 'claims';
  readonly wait: Duration;
}

/**
 * Delays clients that try wrong claim codes. It blocks none of them: a code is too long to be guessed (docs/devices.md), and
 * a right code is accepted whatever others have tried before, even from the same address.
 */
export interface ClaimTries {
  /** Waits before a code is checked; the wait grows with the failures. */
  turn(address: string, signal: AbortSignal): Promise<void>;
  /** Counts a wrong code. */
  failed(address: string): Passed | undefined;
}

export const makeClaimTries = (clock: Clock): ClaimTries => {
  const byAddress = new Map<string, Window>();
  let all: Window = { count: 0, until: 0 };
  let waiting = 0;

  const current = (known: Window | undefined): Window => {
    const now = clock.monotonic();
    return known !== undefined && now < known.until ? known : { count: 0, until: now + WINDOW.ms };
  };

  const waitOf = (address: string): number => {
    const one = current(byAddress.get(address)).count - OF_ONE + 1;
    const everyone = current(all).count - OF_ALL + 1;
    return Math.max(0, Math.min(ONE_MOST_MS, one * ONE_MORE_MS), Math.min(ALL_MOST_MS, everyone * ALL_MORE_MS));
  };

  const left = ({ until }: Window): Duration => milliseconds(until - clock.monotonic());

  return {
    turn: async (address, signal) => {
      const ms = waitOf(address);
      if (ms === 0 || waiting >= WAITING) return;
      waiting += 1;
      await clock.sleep(milliseconds(ms), signal);
      waiting -= 1;
    },
    failed: (address) => {
      all = current(all);
      const one = current(byAddress.get(address));
      one.count += 1;
      all.count += 1;
      byAddress.set(address, one);
      const [oldest] = byAddress.keys();
      if (byAddress.size > ADDRESSES && oldest !== undefined) byAddress.delete(oldest);
      if (one.count > OF_ONE) return { limit: 'claims-per-address', wait: left(one) };
      return all.count > OF_ALL ? { limit: 'claims', wait: left(all) } : undefined;
    },
  };
};
