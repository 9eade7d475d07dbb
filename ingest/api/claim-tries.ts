import type { Clock } from '#model/clock.ts';
import { type Duration, minutes } from '#model/duration.ts';

/** Tries that failed, of one address and of all, in one span of time. */
const WINDOW = minutes(10);
const OF_ONE = 10;
const OF_ALL = 200;

/** Addresses that are remembered; the oldest makes room. */
const ADDRESSES = 10_000;

interface Window {
  count: number;
  readonly until: number;
}

/** Counts tries at claim codes, so that nobody can try many. */
export interface ClaimTries {
  /** Counts one more; how long to wait instead, where there were too many. */
  begin(address: string): Duration | undefined;
  /** Takes a try back that succeeded. */
  succeeded(address: string): void;
}

export const makeClaimTries = (clock: Clock): ClaimTries => {
  const byAddress = new Map<string, Window>();
  let all: Window = { count: 0, until: 0 };

  const windowOf = (known: Window | undefined): Window => {
    const now = clock.monotonic();
    return known !== undefined && now < known.until ? known : { count: 0, until: now + WINDOW.ms };
  };

  return {
    begin: (address) => {
      all = windowOf(all);
      const one = windowOf(byAddress.get(address));
      const full = one.count >= OF_ONE ? one : all.count >= OF_ALL ? all : undefined;
      if (full !== undefined) return { ms: full.until - clock.monotonic() };
      one.count += 1;
      all.count += 1;
      byAddress.set(address, one);
      const [oldest] = byAddress.keys();
      if (byAddress.size > ADDRESSES && oldest !== undefined) byAddress.delete(oldest);
      return undefined;
    },
    succeeded: (address) => {
      const one = byAddress.get(address);
      if (one !== undefined) one.count -= 1;
      all.count -= 1;
    },
  };
};
