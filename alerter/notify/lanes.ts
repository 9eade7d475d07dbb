import type { Delivery } from '#model/alert.ts';
import { type BackOff, backOff } from '#model/back-off.ts';
import type { Clock } from '#model/clock.ts';
import { minutes, seconds } from '#model/duration.ts';
import type { Fault } from '#model/fault.ts';

const BETWEEN_TRIES: BackOff = { first: seconds(1), longest: minutes(5), mostAsked: minutes(60) };
/** A server that refuses a login often shuts the account, or the address, after a few tries. */
const BETWEEN_LOGINS: BackOff = { first: seconds(30), longest: minutes(30), mostAsked: minutes(60) };

const pausesAfter = ({ code }: Fault): BackOff => (code === 'CHANNEL_LOGIN_REFUSED' ? BETWEEN_LOGINS : BETWEEN_TRIES);

/** The messages for one recipient of one channel: one at a time. */
export interface Lane {
  isBusy: boolean;
  failures: number;
  /** On the monotonic clock. */
  notBefore: number;
}

/** A message whose turn it is. */
export interface Turn {
  readonly message: Delivery;
  readonly lane: Lane;
}

/** Who has to wait, and for how long. There are as many lanes as recipients with something that waits. */
export interface Lanes {
  /**
   * Of the oldest message of each recipient those that can be sent now, so many at most, and when the first of the others
   * can, on the monotonic clock.
   */
  due(heads: readonly Delivery[], room: number): { readonly turns: readonly Turn[]; readonly next: number | undefined };
  /** A try came to nothing: the next follows after a pause. */
  holdBack(lane: Lane, fault: Fault): void;
}

const nameOf = ({ channel, recipient }: Delivery): string => `${channel}\t${recipient}`;

/** @param random uniform in [0, 1): jitter */
export const makeLanes = (clock: Pick<Clock, 'monotonic'>, random: () => number): Lanes => {
  const lanes = new Map<string, Lane>();

  const laneOf = (message: Delivery): Lane => {
    const name = nameOf(message);
    const lane = lanes.get(name) ?? { isBusy: false, failures: 0, notBefore: 0 };
    lanes.set(name, lane);
    return lane;
  };

  const forgetAllBut = (heads: readonly Delivery[]): void => {
    const waiting = new Set(heads.map(nameOf));
    for (const [name, lane] of lanes) if (!lane.isBusy && !waiting.has(name)) lanes.delete(name);
  };

  return {
    due: (heads, room) => {
      const now = clock.monotonic();
      const idle = heads
        .map((message): Turn => ({ message, lane: laneOf(message) }))
        .filter(({ lane }) => !lane.isBusy);
      const later = idle.map(({ lane }) => lane.notBefore).filter((notBefore) => notBefore > now);
      forgetAllBut(heads);
      return {
        turns: idle.filter(({ lane }) => lane.notBefore <= now).slice(0, Math.max(0, room)),
        next: later.length === 0 ? undefined : Math.min(...later),
      };
    },
    holdBack: (lane, fault) => {
      lane.failures += 1;
      lane.notBefore = clock.monotonic() + backOff(pausesAfter(fault), lane.failures, fault, random).ms;
    },
  };
};
