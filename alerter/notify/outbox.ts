import type { Delivery, DeliveryState } from '#model/alerts/alert.ts';
import type { Timer } from '#model/base/clock.ts';
import { type Duration, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault, isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { type DeliverDeps, type DeliveryOutcome, deliver } from './deliver.ts';
import { type Heads, type RecipientQueues, makeRecipientQueues, type Turn } from './recipient-queues.ts';

/** The outbox as rows. */
export interface OutboxRows {
  /** Of every channel and recipient the oldest message that waits. */
  outboxHeads(): readonly Delivery[];
  /** Of every channel and recipient the missed message that was not tried for the longest time; none that a silence mutes. */
  outboxMissed(now: Instant): readonly Delivery[];
  /** Writes down what became of a try. */
  noteDelivery(note: DeliveryReceipt): Promise<void>;
}

export interface DeliveryReceipt {
  readonly id: number;
  readonly delivery: Exclude<DeliveryState, 'replaced'>;
  readonly at: Instant;
  readonly error: string | undefined;
  /** False where it was not tried. */
  readonly isTried: boolean;
  /** True for a try that shows whether a recipient can be reached; a topic is no recipient. */
  readonly isOfRecipient: boolean;
  readonly isLate: boolean;
}

export interface OutboxDeps extends Omit<DeliverDeps, 'signal'> {
  readonly rows: OutboxRows;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
  /** How long tries under way may take to end when the service stops. */
  readonly drainTimeout: Duration;
}

/** Sends what the outbox holds: at least once, in order for every recipient. */
export interface Outbox {
  /** Something was put into it. */
  wake(): void;
  /** A recipient was reached in another way: its messages are tried at once. */
  reached(recipient: Pick<Delivery, 'channel' | 'recipient'>): void;
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Lets tries under way end; what waits is sent by the next run. Safe to call twice. */
  stop(): Promise<void>;
}

/** Messages under way at one time, each for another recipient. */
const AT_ONCE = 16;

/** After a look into the outbox that the database did not answer. */
const READ_AGAIN = seconds(5);

/** The end of a silence puts nothing into the outbox, but a missed message may be sent then. */
const LOOK_AGAIN = minutes(1);

/** The disk is full or failing: nothing of the outbox can be noted, so that nothing more is sent for a while. */
const NOT_NOTED = new Fault('OPERATIONS_FAILED', 'the outbox cannot be written', { retry: true });

const tellHeldUp = ({ code, detail }: Fault, log: Log): void => log.error('outbox held up', { code, detail });

/** The messages to be sent next, of each recipient; undefined while the database does not answer. */
const headsOf = ({ rows, clock, log }: OutboxDeps): Heads | undefined => {
  try {
    return { waiting: rows.outboxHeads(), missed: rows.outboxMissed(clock.now()) };
  } catch (error) {
    if (!isOutage(error)) throw error;
    tellHeldUp(error, log);
    return undefined;
  }
};

/** Sets the pauses of a recipient by the result of a try. */
const pace = (turn: Turn, lanes: RecipientQueues, { delivery, fault, isTried }: DeliveryOutcome): void => {
  if (!isTried) return;
  if (fault === undefined) lanes.accepted(turn);
  else if (delivery === 'waiting' || turn.message.delivery === 'missed') lanes.holdBack(turn, fault);
  else if (delivery === 'missed') lanes.missed(turn, fault);
};

const tryOnce = async (turn: Turn, lanes: RecipientQueues, deps: OutboxDeps, signal: AbortSignal): Promise<void> => {
  const { message } = turn;
  try {
    const outcome = await deliver(message, { ...deps, signal });
    const { delivery, fault, isTried, isLate } = outcome;
    // the stop of the service ended this try; the next run repeats it
    if (signal.aborted && isTried && fault !== undefined) return;
    pace(turn, lanes, outcome);
    const error = fault === undefined ? undefined : `${fault.code}: ${fault.detail}`;
    const isOfRecipient = isTried && deps.channels.get(message.channel)?.audience === 'people';
    await deps.rows.noteDelivery({
      id: message.id,
      delivery,
      at: deps.clock.now(),
      error,
      isTried,
      isOfRecipient,
      isLate,
    });
  } catch (failed) {
    if (!isOutage(failed)) throw failed;
    tellHeldUp(failed, deps.log);
    lanes.holdBack(turn, NOT_NOTED);
  }
};

/** Starts to send what waits; what is put in later is sent when `wake` is called. */
export const startOutbox = (deps: OutboxDeps): Outbox => {
  const { clock, random, drainTimeout } = deps;
  const giveUp = new AbortController();
  const lanes = makeRecipientQueues(clock, random);
  const underWay = new Set<Promise<void>>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined);
  let timer: Timer | undefined;
  let isStopping = false;

  const start = (turn: Turn): void => {
    turn.lane.isBusy = true;
    const working = tryOnce(turn, lanes, deps, giveUp.signal)
      .finally(() => {
        turn.lane.isBusy = false;
        underWay.delete(working);
      })
      .then(pump)
      .catch(reject);
    underWay.add(working);
  };

  const pump = (): void => {
    if (isStopping) return;
    timer?.stop();
    const heads = headsOf(deps);
    if (heads === undefined) {
      timer = clock.after(READ_AGAIN, pump);
      return;
    }
    const { turns, next = Number.POSITIVE_INFINITY } = lanes.due(heads, AT_ONCE - underWay.size);
    for (const turn of turns) start(turn);
    timer = clock.after(milliseconds(Math.min(next - clock.monotonic(), LOOK_AGAIN.ms)), pump);
  };

  const stop = async (): Promise<void> => {
    isStopping = true;
    timer?.stop();
    const grace = clock.after(drainTimeout, () => giveUp.abort());
    await Promise.allSettled(underWay);
    grace.stop();
    resolve();
  };

  let stopped: Promise<void> | undefined;
  pump();
  return {
    wake: pump,
    reached: (recipient) => {
      lanes.reset(recipient);
      pump();
    },
    ended,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
