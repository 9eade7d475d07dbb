import type { Delivery } from '#model/alert.ts';
import type { Timer } from '#model/clock.ts';
import { type Duration, milliseconds, seconds } from '#model/duration.ts';
import { Fault, isOutage } from '#model/fault.ts';
import type { Instant } from '#model/instant.ts';
import type { Log } from '#model/log.ts';
import { type DeliverDeps, type Outcome, deliver } from './deliver.ts';
import { type Lanes, makeLanes, type Turn } from './lanes.ts';

/** The outbox as rows. */
export interface OutboxRows {
  /** Of every channel and recipient the oldest message that waits. */
  outboxHeads(): readonly Delivery[];
  /** Writes down what became of a try. */
  noteDelivery(note: DeliveryNote): Promise<void>;
}

export interface DeliveryNote {
  readonly id: number;
  readonly delivery: Outcome['delivery'];
  readonly at: Instant;
  readonly error: string | undefined;
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
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Lets tries under way end; what waits is sent by the next run. Safe to call twice. */
  stop(): Promise<void>;
}

/** Messages under way at one time, each for another recipient. */
const AT_ONCE = 16;

/** After a look into the outbox that the database did not answer. */
const READ_AGAIN = seconds(5);

/** The disk is full or failing: nothing of the outbox can be noted, so that nothing more is sent for a while. */
const NOT_NOTED = new Fault('OPERATIONS_FAILED', 'the outbox cannot be written', { retry: true });

const tellHeldUp = ({ code, detail }: Fault, log: Log): void => log.error('outbox held up', { code, detail });

/** What waits, the oldest of each recipient; undefined while the database does not answer. */
const headsOf = ({ rows, log }: OutboxDeps): readonly Delivery[] | undefined => {
  try {
    return rows.outboxHeads();
  } catch (error) {
    if (!isOutage(error)) throw error;
    tellHeldUp(error, log);
    return undefined;
  }
};

const tryOnce = async ({ message, lane }: Turn, lanes: Lanes, deps: OutboxDeps, signal: AbortSignal): Promise<void> => {
  const { delivery, fault } = await deliver(message, { ...deps, signal });
  if (delivery === 'waiting' && signal.aborted) return;
  if (delivery === 'waiting' && fault !== undefined) lanes.holdBack(lane, fault);
  else lane.failures = 0;
  const error = fault === undefined ? undefined : `${fault.code}: ${fault.detail}`;
  try {
    await deps.rows.noteDelivery({ id: message.id, delivery, at: deps.clock.now(), error });
  } catch (failed) {
    if (!isOutage(failed)) throw failed;
    tellHeldUp(failed, deps.log);
    lanes.holdBack(lane, NOT_NOTED);
  }
};

/** Starts to send what waits; what is put in later is sent when `wake` is called. */
export const startOutbox = (deps: OutboxDeps): Outbox => {
  const { clock, random, drainTimeout } = deps;
  const giveUp = new AbortController();
  const lanes = makeLanes(clock, random);
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
    const waiting = headsOf(deps);
    if (waiting === undefined) {
      timer = clock.after(READ_AGAIN, pump);
      return;
    }
    const { turns, next } = lanes.due(waiting, AT_ONCE - underWay.size);
    for (const turn of turns) start(turn);
    timer = next === undefined ? undefined : clock.after(milliseconds(next - clock.monotonic()), pump);
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
    ended,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
