import type { AlertRecord, Delivery } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channel.ts';
import { afterFailure, decide, type Limits, type Standing } from './decide.ts';

/** Result of one turn of a message. `waiting`, `missed`: another turn follows. */
export interface DeliveryOutcome {
  readonly delivery: 'delivered' | 'failed' | 'waiting' | 'missed' | 'withdrawn';
  /** Why not; undefined when it was delivered. */
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

/** Facts that decide at its turn whether a message to people is still of use. */
export interface MessageUse {
  /** The alert of a message as it is now; undefined where it was forgotten. */
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
  /** Tells how old a message is, so that a clock that leaps ahead gives none up; the clock where there is none. */
  readonly trustedClock?: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly metrics: NotifyTelemetry;
  readonly limits: Limits & { readonly timeout: Duration };
  readonly signal: AbortSignal;
}

const untried = (delivery: DeliveryOutcome['delivery'], why: string): DeliveryOutcome => ({
  ...{ delivery, isTried: false, isLate: false },
  fault: new Fault('CHANNEL_REFUSED', why),
});

const tryOnce = async (message: Delivery, channel: Channel, deps: DeliverDeps): Promise<Fault | undefined> => {
  const { clock, limits, metrics, signal } = deps;
  if (message.attempts === 0) metrics.handed(channel.name, { ms: Math.max(0, clock.now() - message.receivedAt) });
  return attempt(channel, { ...message, isTest: false }, { clock, timeout: limits.timeout, signal });
};

/** Shows a state. Only the newest state of a topic counts; one that is too old is given up. */
const showState = async (
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

const tellPeople = async (
  message: Delivery,
  channel: Channel,
  age: Duration,
  deps: DeliverDeps,
): Promise<DeliveryOutcome> => {
  const alert = deps.alertOf(message);
  if (alert === undefined) return untried('withdrawn', 'the alert was forgotten');
  const standing: Standing = { alert, age, isNotified: deps.isNotified(message), isSilenced: deps.isSilenced(alert) };
  const decision = decide(message, standing);
  if (decision.what !== 'send') return untried(decision.what === 'withdraw' ? 'withdrawn' : 'missed', decision.why);
  const { isLate } = decision;
  const body = isLate ? deps.renderLate(message, alert, channel) : message.body;
  const fault = await tryOnce({ ...message, body }, channel, deps);
  if (fault === undefined) return { delivery: 'delivered', fault, isTried: true, isLate };
  // the alert may have ended meanwhile: the next turn finds that out
  return { delivery: afterFailure(message, fault, standing, deps.limits), fault, isTried: true, isLate };
};

const send = (message: Delivery, deps: DeliverDeps): Promise<DeliveryOutcome> | DeliveryOutcome => {
  const { clock, trustedClock = clock } = deps;
  const channel = deps.channels.get(message.channel);
  if (channel === undefined) {
    return untried('failed', `"${message.channel}" is none of the channels in the settings any more`);
  }
  if (!channel.knows(message.recipient)) {
    return untried('failed', `${message.recipient} is none of the recipients of "${channel.name}" any more`);
  }
  const age = { ms: trustedClock.now() - message.createdAt };
  return channel.audience === 'state'
    ? showState(message, channel, age, deps)
    : tellPeople(message, channel, age, deps);
};

/** Handles the turn of one message, and writes the result to log and figures. */
export const deliver = async (message: Delivery, deps: DeliverDeps): Promise<DeliveryOutcome> => {
  const { channel, recipient, key, attempts } = message;
  const outcome = await send(message, deps);
  const { delivery, fault, isTried } = outcome;
  if (deps.signal.aborted && isTried && delivery !== 'delivered') return outcome;
  deps.metrics.tried(channel, delivery);
  const facts = {
    channel,
    recipient,
    key,
    attempt: attempts + (isTried ? 1 : 0),
    code: fault?.code,
    detail: fault?.detail,
  };
  if (delivery === 'failed') deps.log.error('notification given up', facts);
  else if (delivery === 'waiting') deps.log.warn('notification not taken, trying again', facts);
  else if (delivery === 'missed') deps.log.warn('notification missed, trying again while it is of use', facts);
  else if (delivery === 'withdrawn') deps.log.info('notification withdrawn', facts);
  return outcome;
};
