import type { Delivery } from '#model/alerts/alert.ts';
import { type BackOff, backOff } from '#model/base/back-off.ts';
import type { Clock } from '#model/base/clock.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import type { Fault } from '#model/base/fault.ts';

const BETWEEN_TRIES: BackOff = { first: seconds(1), longest: minutes(5), mostAsked: minutes(60) };
/** A server that refuses a login often shuts the account, or the address, after a few tries. */
const BETWEEN_LOGINS: BackOff = { first: seconds(30), longest: minutes(30), mostAsked: minutes(60) };
/** A message that was refused for good is tried again, because settings or servers may have been corrected. */
const BETWEEN_REFUSALS: BackOff = { first: minutes(15), longest: hours(6), mostAsked: hours(6) };

const pausesAfter = ({ code, retry }: Fault): BackOff => {
  if (code === 'CHANNEL_LOGIN_REFUSED') return BETWEEN_LOGINS;
  return retry ? BETWEEN_TRIES : BETWEEN_REFUSALS;
};

/** The time before which nothing is tried again. */
interface Pause {
  failures: number;
  /** On the monotonic clock. */
  notBefore: number;
}

/** The messages for one recipient of one channel: one at a time. */
export interface RecipientQueue {
  isBusy: boolean;
  /** Of everything for this recipient. */
  readonly all: Pause;
  /** Of missed messages alone: they do not hold up the others. */
  readonly missed: Pause;
}

/** A message whose turn it is. */
export interface Turn {
  readonly message: Delivery;
  readonly lane: RecipientQueue;
}

/** Of each recipient the oldest message that waits, and the missed one that was not tried for the longest time. */
export interface Heads {
  readonly waiting: readonly Delivery[];
  readonly missed: readonly Delivery[];
}

/** The pauses of recipients. There are as many lanes as recipients with something to be sent. */
export interface RecipientQueues {
  /**
   * Of each recipient the message that can be sent now, so many at most, and when the first of the others can, on the
   * monotonic clock.
   */
  due(heads: Heads, room: number): { readonly turns: readonly Turn[]; readonly next: number | undefined };
  /** A try came to nothing: the next follows after a pause. */
  holdBack(turn: Turn, fault: Fault): void;
  /** A message is given up for now: it is tried again after a pause, and the next message of its recipient at once. */
  missed(turn: Turn, fault: Fault): void;
  /** A message was accepted: the recipient can be reached. */
  accepted(turn: Turn): void;
  /** Everything for a recipient may be tried at once. */
  reset(recipient: Pick<Delivery, 'channel' | 'recipient'>): void;
}

const nameOf = ({ channel, recipient }: Pick<Delivery, 'channel' | 'recipient'>): string => `${channel}\t${recipient}`;

const clear = (pause: Pause): void => {
  pause.failures = 0;
  pause.notBefore = 0;
};

/** @param random uniform in [0, 1): jitter */
export const makeRecipientQueues = (clock: Pick<Clock, 'monotonic'>, random: () => number): RecipientQueues => {
  const lanes = new Map<string, RecipientQueue>();

  const laneOf = (message: Delivery): RecipientQueue => {
    const name = nameOf(message);
    const pauses = { all: { failures: 0, notBefore: 0 }, missed: { failures: 0, notBefore: 0 } };
    const lane = lanes.get(name) ?? { isBusy: false, ...pauses };
    lanes.set(name, lane);
    return lane;
  };

  const forgetAllBut = (messages: readonly Delivery[]): void => {
    const wanted = new Set(messages.map(nameOf));
    for (const [name, lane] of lanes) if (!lane.isBusy && !wanted.has(name)) lanes.delete(name);
  };

  const readyAt = ({ message, lane }: Turn): number =>
    message.delivery === 'missed' ? Math.max(lane.all.notBefore, lane.missed.notBefore) : lane.all.notBefore;

  const prolong = (pause: Pause, fault: Fault): void => {
    pause.failures += 1;
    pause.notBefore = clock.monotonic() + backOff(pausesAfter(fault), pause.failures, fault, random).ms;
  };

  return {
    due: ({ waiting, missed }, room) => {
      const now = clock.monotonic();
      // a missed message is older than one that waits
      const idle = [...missed, ...waiting]
        .map((message): Turn => ({ message, lane: laneOf(message) }))
        .filter(({ lane }) => !lane.isBusy);
      forgetAllBut([...missed, ...waiting]);
      const ready = new Map<RecipientQueue, Turn>();
      const later: number[] = [];
      for (const turn of idle) {
        if (readyAt(turn) > now) later.push(readyAt(turn));
        else if (!ready.has(turn.lane)) ready.set(turn.lane, turn);
      }
      return {
        turns: [...ready.values()].slice(0, Math.max(0, room)),
        next: later.length === 0 ? undefined : Math.min(...later),
      };
    },
    holdBack: ({ message, lane }, fault) => {
      prolong(message.delivery === 'missed' ? lane.missed : lane.all, fault);
    },
    missed: ({ lane }, fault) => {
      // a second message that is missed at the same time does not prolong the pause
      if (lane.missed.failures === 0) prolong(lane.missed, fault);
    },
    accepted: ({ lane }) => {
      clear(lane.all);
      clear(lane.missed);
    },
    reset: (recipient) => {
      const lane = lanes.get(nameOf(recipient));
      if (lane === undefined) return;
      clear(lane.all);
      clear(lane.missed);
    },
  };
};
