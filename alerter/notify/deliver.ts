import type { AlertRecord, Delivery } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channel.ts';
import { afterFailure, decide, type Limits, type MessageFacts } from './decide.ts';

/** Result of one turn of a message. `waiting`, `missed`: another turn follows. */
export interface DeliveryOutcome {
  readonly delivery: 'delivered' | 'failed' | 'waiting' | 'missed' | 'withdrawn';
  /** The reason of a failure; undefined when it was delivered. */
  readonly fault: Fault | undefined;
  /** False where it was not tried. */
  readonly isTried: boolean;
  readonly isLate: boolean;
}

/** Counts and times of notification. */
export interface NotifyTelemetry {
  /** A message was handed to its channel for the first time, so long after the reading that caused it. */
  handed(channel: string, after: Duration): void;
  tried(channel: string, outcome: DeliveryOutcome['delivery']): void;
}

/** Facts that decide at its turn whether a message to people is still useful. */
export interface MessageUse {
  /** The present alert of a message; undefined where it was deleted. */
  readonly alertOf: (message: Delivery) => AlertRecord | undefined;
  /** True where its recipient got the message that the alert fires. */
  readonly isNotified: (message: Delivery) => boolean;
  readonly isSilenced: (alert: AlertRecord) => boolean;
  /** Renders a late message again, with the alert as it is now. */
  readonly renderLate: (message: Delivery, alert: AlertRecord, channel: Channel) => string;
}

export interface DeliverDeps extends MessageUse {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly clock: Clock;
  /** Gives the age of a message, so that a jump of the clock gives none up; the system clock where it is left out. */
  readonly trustedClock?: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly metrics: NotifyTelemetry;
  readonly limits: Limits & { readonly timeout: Duration };
  readonly signal: AbortSignal;
}

const untried = (delivery: DeliveryOutcome['delivery'], why: string): DeliveryOutcome => ({
  delivery,
  isTried: false,
  isLate: false,
  fault: new Fault('CHANNEL_REFUSED', why),
});

const tryOnce = async (message: Delivery, channel: Channel, deps: DeliverDeps): Promise<Fault | undefined> => {
  const { clock, limits, metrics, signal } = deps;
  if (message.attempts === 0) metrics.handed(channel.name, { ms: Math.max(0, clock.now() - message.receivedAt) });
  return attempt(channel, { ...message, isTest: false }, { clock, timeout: limits.timeout, signal });
};

/** Publishes a state. Only the newest state of a topic counts; one that is too old is given up. */
const publishState = async (
  message: Delivery,
  channel: Channel,
  age: Duration,
  deps: DeliverDeps,
): Promise<DeliveryOutcome> => {
  const { giveUpAfter, maxAttempts } = deps.limits;
  if (message.delivery === 'missed' || age.ms > giveUpAfter.ms) {
    const last = message.lastError ?? 'never tried';
    return untried('failed', `older than ${formatDuration(giveUpAfter)}; last: ${last}`);
  }
  const fault = await tryOnce(message, channel, deps);
  const again = fault?.retry === true && message.attempts + 1 < maxAttempts;
  const delivery = fault === undefined ? 'delivered' : again ? 'waiting' : 'failed';
  return { delivery, fault, isTried: true, isLate: false };
};

const notifyPeople = async (
  message: Delivery,
  channel: Channel,
  age: Duration,
  deps: DeliverDeps,
): Promise<DeliveryOutcome> => {
  const alert = deps.alertOf(message);
  if (alert === undefined) return untried('withdrawn', 'the alert was deleted');
  const useful: MessageFacts = {
    alert,
    age,
    isNotified: deps.isNotified(message),
    isSilenced: deps.isSilenced(alert),
  };
  const decision = decide(message, useful);
  if (decision.what !== 'send') return untried(decision.what === 'withdraw' ? 'withdrawn' : 'missed', decision.why);
  const { isLate } = decision;
  const body = isLate ? deps.renderLate(message, alert, channel) : message.body;
  const fault = await tryOnce({ ...message, body }, channel, deps);
  if (fault === undefined) return { delivery: 'delivered', fault, isTried: true, isLate };
  // the alert may have ended meanwhile: the next turn finds that out
  return { delivery: afterFailure(message, fault, useful, deps.limits), fault, isTried: true, isLate };
};

const send = (message: Delivery, deps: DeliverDeps): Promise<DeliveryOutcome> | DeliveryOutcome => {
  const { clock, trustedClock = clock } = deps;
  const channel = deps.channels.get(message.channel);
  if (channel === undefined) {
    return untried('failed', `"${message.channel}" is no longer a channel of the settings`);
  }
  if (!channel.knows(message.recipient)) {
    return untried('failed', `${message.recipient} is no longer a recipient of "${channel.name}"`);
  }
  const age = { ms: trustedClock.now() - message.createdAt };
  return channel.audience === 'state'
    ? publishState(message, channel, age, deps)
    : notifyPeople(message, channel, age, deps);
};

/** Handles the turn of one message, and writes the result to log and metrics. */
export const deliver = async (message: Delivery, deps: DeliverDeps): Promise<DeliveryOutcome> => {
  const { channel, recipient, key, attempts } = message;
  const outcome = await send(message, deps);
  const { delivery, fault, isTried } = outcome;
  if (deps.signal.aborted && isTried && delivery !== 'delivered') return outcome;
  deps.metrics.tried(channel, delivery);
  const fields = {
    channel,
    recipient,
    key,
    attempt: attempts + (isTried ? 1 : 0),
    code: fault?.code,
    detail: fault?.detail,
  };
  if (delivery === 'failed') deps.log.error('notification given up', fields);
  else if (delivery === 'waiting') deps.log.warn('notification not accepted, will be retried', fields);
  else if (delivery === 'missed') deps.log.warn('notification missed, will be retried while it is useful', fields);
  else if (delivery === 'withdrawn') deps.log.info('notification withdrawn', fields);
  return outcome;
};
