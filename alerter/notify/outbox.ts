import type { Delivery } from '#model/alert.ts';
import { type BackOff, backOff } from '#model/back-off.ts';
import type { Timer } from '#model/clock.ts';
import { type Duration, milliseconds, minutes, seconds } from '#model/duration.ts';
import { Fault, isOutage } from '#model/fault.ts';
import type { Instant } from '#model/instant.ts';
import { type DeliverDeps, type Outcome, deliver } from './deliver.ts';

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

const BETWEEN_TRIES: BackOff = { first: seconds(1), longest: minutes(5), mostAsked: minutes(60) };

/** Messages under way at one time, each for another recipient. */
const AT_ONCE = 16;

/** The messages for one recipient of one channel: one at a time. */
interface Lane {
  isBusy: boolean;
  failures: number;
  /** On the monotonic clock. */
  notBefore: number;
}

const laneOf = ({ channel, recipient }: Delivery): string => `${channel}\t${recipient}`;

/** The disk is full or failing: nothing of the outbox can be noted, so that nothing more is sent for a while. */
const NOT_NOTED = new Fault('OPERATIONS_FAILED', 'the outbox cannot be written', { retry: true });

export const startOutbox = (deps: OutboxDeps): Outbox => {
  const { rows, clock, log, random, drainTimeout } = deps;
  const giveUp = new AbortController();
  const lanes = new Map<string, Lane>();
  const underWay = new Set<Promise<void>>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined);
  let timer: Timer | undefined;
  let isStopping = false;

  const holdBack = (lane: Lane, fault: Fault): void => {
    lane.failures += 1;
    lane.notBefore = clock.monotonic() + backOff(BETWEEN_TRIES, lane.failures, fault, random).ms;
  };

  const work = async (message: Delivery, lane: Lane): Promise<void> => {
    const { delivery, fault } = await deliver(message, { ...deps, signal: giveUp.signal });
    if (delivery === 'waiting' && giveUp.signal.aborted) return;
    if (delivery === 'waiting' && fault !== undefined) holdBack(lane, fault);
    else lane.failures = 0;
    const error = fault === undefined ? undefined : `${fault.code}: ${fault.detail}`;
    await rows.noteDelivery({ id: message.id, delivery, at: clock.now(), error });
  };

  const start = (message: Delivery, lane: Lane): void => {
    lane.isBusy = true;
    const working = work(message, lane)
      .catch((error: unknown) => {
        if (!isOutage(error)) throw error;
        log.error('outbox held up', { code: error.code, detail: error.detail });
        holdBack(lane, NOT_NOTED);
      })
      .finally(() => {
        lane.isBusy = false;
        underWay.delete(working);
      })
      .then(pump)
      .catch(reject);
    underWay.add(working);
  };

  const pump = (): void => {
    if (isStopping) return;
    const now = clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    const waiting = new Set<string>();
    for (const message of rows.outboxHeads()) {
      const name = laneOf(message);
      waiting.add(name);
      const lane = lanes.get(name) ?? { isBusy: false, failures: 0, notBefore: 0 };
      lanes.set(name, lane);
      if (lane.isBusy || underWay.size >= AT_ONCE) continue;
      if (lane.notBefore <= now) start(message, lane);
      else next = Math.min(next, lane.notBefore);
    }
    for (const [name, lane] of lanes) if (!lane.isBusy && !waiting.has(name)) lanes.delete(name);
    timer?.stop();
    timer = next === Number.POSITIVE_INFINITY ? undefined : clock.after(milliseconds(next - now), pump);
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
