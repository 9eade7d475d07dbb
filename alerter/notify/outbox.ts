import type { Delivery, DeliveryNote } from '#model/alerts/alert.ts';
import type { Timer } from '#model/base/clock.ts';
import { type Duration, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault, isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { type DeliverDeps, type DeliveryOutcome, deliver } from './deliver.ts';
import { type Heads, type RecipientQueues, makeRecipientQueues, type Turn } from './recipient-queues.ts';

/** The outbox as rows. */
export interface OutboxRows {
  /** The oldest waiting message of each recipient. */
  outboxHeads(): readonly Delivery[];
  /** The missed message of each recipient that was not tried for the longest time; none that a silence mutes. */
  outboxMissed(now: Instant): readonly Delivery[];
  /** Writes the result of a try. */
  noteDelivery(note: DeliveryNote): Promise<void>;
}

export interface OutboxDeps extends Omit<DeliverDeps, 'signal'> {
  readonly rows: OutboxRows;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
  /** Time limit of tries under way when the service stops. */
  readonly drainTimeout: Duration;
}

/** Sends the messages of the outbox: at least once, and in order for each recipient. */
export interface Outbox {
  /** Call it after messages were added. */
  wake(): void;
  /** Tries the messages of a recipient at once, because it accepted a test. */
  reached(recipient: Pick<Delivery, 'channel' | 'recipient'>): void;
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Waits for tries under way; the next run sends the other messages. Safe to call twice. */
  stop(): Promise<void>;
}

/** Most messages under way at one time, each for another recipient. */
const AT_ONCE = 16;

/** Pause after a read of the outbox that failed. */
const RETRY_READ = seconds(5);

/** The outbox is read at least this often: the end of a silence adds no message, but releases missed ones. */
const READ_INTERVAL = minutes(1);

/** The result of a try cannot be written, because the disk is full or failing: nothing more is sent for a while. */
const NOT_WRITTEN = new Fault('OPERATIONS_FAILED', 'the outbox cannot be written', { retry: true });

const logOutage = ({ code, detail }: Fault, log: Log): void => log.error('outbox not available', { code, detail });

/** The next messages of each recipient; undefined while the database does not answer. */
const headsOf = ({ rows, clock, log }: OutboxDeps): Heads | undefined => {
  try {
    return { waiting: rows.outboxHeads(), missed: rows.outboxMissed(clock.now()) };
  } catch (error) {
    if (!isOutage(error)) throw error;
    logOutage(error, log);
    return undefined;
  }
};

/** Sets the pauses of a recipient by the result of a try. */
const pace = (turn: Turn, queues: RecipientQueues, { delivery, fault, isTried }: DeliveryOutcome): void => {
  if (!isTried) return;
  if (fault === undefined) queues.accepted(turn);
  else if (delivery === 'waiting' || turn.message.delivery === 'missed') queues.holdBack(turn, fault);
  else if (delivery === 'missed') queues.missed(turn, fault);
};

const tryOnce = async (turn: Turn, queues: RecipientQueues, deps: OutboxDeps, signal: AbortSignal): Promise<void> => {
  const { message } = turn;
  try {
    const outcome = await deliver(message, { ...deps, signal });
    const { delivery, fault, isTried, isLate } = outcome;
    // the stop of the service ended this try; the next run repeats it
    if (signal.aborted && isTried && fault !== undefined) return;
    pace(turn, queues, outcome);
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
    logOutage(failed, deps.log);
    queues.holdBack(turn, NOT_WRITTEN);
  }
};

/** Starts to send the waiting messages; later ones are sent when `wake` is called. */
export const startOutbox = (deps: OutboxDeps): Outbox => {
  const { clock, random, drainTimeout } = deps;
  const giveUp = new AbortController();
  const queues = makeRecipientQueues(clock, random);
  const underWay = new Set<Promise<void>>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined);
  let timer: Timer | undefined;
  let isStopping = false;

  const start = (turn: Turn): void => {
    turn.queue.isBusy = true;
    const working = tryOnce(turn, queues, deps, giveUp.signal)
      .finally(() => {
        turn.queue.isBusy = false;
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
      timer = clock.after(RETRY_READ, pump);
      return;
    }
    const { turns, next = Number.POSITIVE_INFINITY } = queues.due(heads, AT_ONCE - underWay.size);
    for (const turn of turns) start(turn);
    timer = clock.after(milliseconds(Math.min(next - clock.monotonic(), READ_INTERVAL.ms)), pump);
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
      queues.reset(recipient);
      pump();
    },
    ended,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
