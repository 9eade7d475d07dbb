import type { Delivery } from '#model/alerts/alert.ts';
import { type BackOff, backOff } from '#model/base/back-off.ts';
import type { Clock } from '#model/base/clock.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import type { Fault } from '#model/base/fault.ts';

const BETWEEN_TRIES: BackOff = { first: seconds(1), longest: minutes(5), mostAsked: minutes(60) };
/** A server often blocks an account, or an address, after a few refused logins. */
const BETWEEN_LOGINS: BackOff = { first: seconds(30), longest: minutes(30), mostAsked: minutes(60) };
/** A message that was refused for good is retried, because settings or servers may have been corrected. */
const BETWEEN_REFUSALS: BackOff = { first: minutes(15), longest: hours(6), mostAsked: hours(6) };

const pausesAfter = ({ code, retry }: Fault): BackOff => {
  if (code === 'CHANNEL_LOGIN_REFUSED') return BETWEEN_LOGINS;
  return retry ? BETWEEN_TRIES : BETWEEN_REFUSALS;
};

/** A pause after failed tries. */
interface Pause {
  failures: number;
  /** On the monotonic clock. */
  notBefore: number;
}

/** The messages for one recipient of one channel: one at a time. */
export interface RecipientQueue {
  isBusy: boolean;
  /** Pause of all messages for this recipient. */
  readonly all: Pause;
  /** Pause of missed messages alone, which do not hold up the others. */
  readonly missed: Pause;
}

/** The next message of a queue. */
export interface Turn {
  readonly message: Delivery;
  readonly queue: RecipientQueue;
}

/** The oldest waiting message of each recipient, and the missed one that was not tried for the longest time. */
export interface Heads {
  readonly waiting: readonly Delivery[];
  readonly missed: readonly Delivery[];
}

/** The queues of recipients that have messages to be sent. */
export interface RecipientQueues {
  /**
   * The messages that can be sent now, one for each recipient and at most `room`, and the time of the next one on the
   * monotonic clock.
   */
  due(heads: Heads, room: number): { readonly turns: readonly Turn[]; readonly next: number | undefined };
  /** A try failed: the next one follows after a pause. */
  holdBack(turn: Turn, fault: Fault): void;
  /** A message is missed: it is retried after a pause, and the next message of its recipient is tried at once. */
  missed(turn: Turn, fault: Fault): void;
  /** A message was accepted: the recipient can be reached. */
  accepted(turn: Turn): void;
  /** Ends the pauses of a recipient. */
  reset(recipient: Pick<Delivery, 'channel' | 'recipient'>): void;
}

const nameOf = ({ channel, recipient }: Pick<Delivery, 'channel' | 'recipient'>): string => `${channel}\t${recipient}`;

const clear = (pause: Pause): void => {
  pause.failures = 0;
  pause.notBefore = 0;
};

/** @param random uniform in [0, 1): jitter */
export const makeRecipientQueues = (clock: Pick<Clock, 'monotonic'>, random: () => number): RecipientQueues => {
  const queues = new Map<string, RecipientQueue>();

  const queueOf = (message: Delivery): RecipientQueue => {
    const name = nameOf(message);
    const pauses = { all: { failures: 0, notBefore: 0 }, missed: { failures: 0, notBefore: 0 } };
    const queue = queues.get(name) ?? { isBusy: false, ...pauses };
    queues.set(name, queue);
    return queue;
  };

  const forgetAllBut = (messages: readonly Delivery[]): void => {
    const wanted = new Set(messages.map(nameOf));
    for (const [name, queue] of queues) if (!queue.isBusy && !wanted.has(name)) queues.delete(name);
  };

  const readyAt = ({ message, queue }: Turn): number =>
    message.delivery === 'missed' ? Math.max(queue.all.notBefore, queue.missed.notBefore) : queue.all.notBefore;

  const prolong = (pause: Pause, fault: Fault): void => {
    pause.failures += 1;
    pause.notBefore = clock.monotonic() + backOff(pausesAfter(fault), pause.failures, fault, random).ms;
  };

  return {
    due: ({ waiting, missed }, room) => {
      const now = clock.monotonic();
      // missed messages are older than waiting ones
      const idle = [...missed, ...waiting]
        .map((message): Turn => ({ message, queue: queueOf(message) }))
        .filter(({ queue }) => !queue.isBusy);
      forgetAllBut([...missed, ...waiting]);
      const ready = new Map<RecipientQueue, Turn>();
      const later: number[] = [];
      for (const turn of idle) {
        if (readyAt(turn) > now) later.push(readyAt(turn));
        else if (!ready.has(turn.queue)) ready.set(turn.queue, turn);
      }
      return {
        turns: [...ready.values()].slice(0, Math.max(0, room)),
        next: later.length === 0 ? undefined : Math.min(...later),
      };
    },
    holdBack: ({ message, queue }, fault) => {
      prolong(message.delivery === 'missed' ? queue.missed : queue.all, fault);
    },
    missed: ({ queue }, fault) => {
      // a second missed message does not prolong the pause
      if (queue.missed.failures === 0) prolong(queue.missed, fault);
    },
    accepted: ({ queue }) => {
      clear(queue.all);
      clear(queue.missed);
    },
    reset: (recipient) => {
      const queue = queues.get(nameOf(recipient));
      if (queue === undefined) return;
      clear(queue.all);
      clear(queue.missed);
    },
  };
};
