import type { Clock } from '#model/base/clock.ts';
import { milliseconds, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';

/** Failed attempts of one address and at one account in a window, after which further attempts are refused. */
const WINDOW = minutes(15);
const OF_ADDRESS = 30;
const OF_ACCOUNT = 10;

/** Most addresses and accounts that are remembered; the oldest is dropped. */
const REMEMBERED = 10_000;

interface AttemptWindow {
  count: number;
  readonly until: number;
}

/**
 * Refuses attempts to sign in by address and by account. An address from which an account was signed in is not refused for what
 * others try at that account, so that nobody locks a person out of the own browser.
 */
export interface SignInAttempts {
  /**
   * Counts an attempt before it is checked, as one that fails: attempts at the same time count each.
   * @throws Fault `SIGN_IN_LIMITED` with the time to wait
   */
  count(account: string, address: string): void;
  succeeded(account: string, address: string): void;
}

const makeWindows = (clock: Pick<Clock, 'monotonic'>) => {
  const windows = new Map<string, AttemptWindow>();
  const current = (name: string): AttemptWindow => {
    const now = clock.monotonic();
    const known = windows.get(name);
    return known !== undefined && now < known.until ? known : { count: 0, until: now + WINDOW.ms };
  };
  return {
    current,
    count: (name: string): void => {
      const window = current(name);
      window.count += 1;
      windows.delete(name);
      windows.set(name, window);
      const [oldest] = windows.keys();
      if (windows.size > REMEMBERED && oldest !== undefined) windows.delete(oldest);
    },
    forget: (name: string): void => void windows.delete(name),
  };
};

export const makeSignInAttempts = (clock: Pick<Clock, 'monotonic'>): SignInAttempts => {
  const ofAddress = makeWindows(clock);
  const ofAccount = makeWindows(clock);
  const known = new Set<string>();

  const refuse = ({ until }: AttemptWindow): never => {
    throw new Fault('SIGN_IN_LIMITED', 'wait, then try again; an operator can make a link for a new password', {
      retryAfter: milliseconds(until - clock.monotonic()),
    });
  };

  return {
    count: (account, address) => {
      const one = ofAddress.current(address);
      if (one.count >= OF_ADDRESS) refuse(one);
      const other = ofAccount.current(account);
      if (other.count >= OF_ACCOUNT && !known.has(`${account} ${address}`)) refuse(other);
      ofAddress.count(address);
      ofAccount.count(account);
    },
    succeeded: (account, address) => {
      ofAddress.forget(address);
      ofAccount.forget(account);
      known.add(`${account} ${address}`);
      const [oldest] = known;
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    },
  };
};
