import { type Alert, type Delivery, type DeliveryState, hasEnded } from '#model/alerts/alert.ts';
import { days, type Duration, minutes } from '#model/base/duration.ts';
import type { Fault } from '#model/base/fault.ts';

/** A message that is older than this is marked as late. */
const LATE: Duration = minutes(10);
/** Time for which the end of an alert is sent to a recipient of its alarm. */
const END_OWED: Duration = days(7);

/** The facts about a message to people when its turn comes. */
export interface MessageFacts {
  readonly alert: Pick<Alert, 'state'>;
  /** True where this recipient got the message that the alert fires. */
  readonly isNotified: boolean;
  readonly isSilenced: boolean;
  /** Time since the message was made. */
  readonly age: Duration;
}

/** `put-off`: a silence mutes it now. */
export type Decision =
  | { readonly what: 'send'; readonly isLate: boolean }
  | { readonly what: 'withdraw' | 'put-off'; readonly why: string };

const withdraw = (why: string): Decision => ({ what: 'withdraw', why });

const ofAlarm = ({ alert, isSilenced }: MessageFacts, isLate: boolean): Decision => {
  if (!isLate) return { what: 'send', isLate };
  if (alert.state !== 'firing') return withdraw('the alert ended before this could be delivered');
  return isSilenced ? { what: 'put-off', why: 'a silence mutes it' } : { what: 'send', isLate };
};

/**
 * Decides whether a message to people is still of use. A recipient that did not get the alarm gets it late while the alert
 * stands, and does not get the message about its end.
 */
export const decide = ({ state, delivery }: Pick<Delivery, 'state' | 'delivery'>, facts: MessageFacts): Decision => {
  const isLate = delivery === 'missed' || facts.age.ms > LATE.ms;
  if (!hasEnded({ state })) return ofAlarm(facts, isLate);
  return facts.isNotified ? { what: 'send', isLate } : withdraw('this recipient did not get the alarm');
};

/** Age and number of tries after which a message no longer holds up the next ones. */
export interface Limits {
  readonly giveUpAfter: Duration;
  readonly maxAttempts: number;
}

/** The state of a message to people after a try that failed. */
export const afterFailure = (
  { state, delivery, attempts }: Pick<Delivery, 'state' | 'delivery' | 'attempts'>,
  { retry }: Pick<Fault, 'retry'>,
  { alert, age }: Pick<MessageFacts, 'alert' | 'age'>,
  { giveUpAfter, maxAttempts }: Limits,
): Extract<DeliveryState, 'waiting' | 'missed' | 'failed'> => {
  const isWithin = age.ms <= giveUpAfter.ms && attempts + 1 < maxAttempts;
  if (delivery === 'waiting' && retry && isWithin) return 'waiting';
  const isOwed = hasEnded({ state }) ? age.ms <= END_OWED.ms : alert.state === 'firing';
  return isOwed ? 'missed' : 'failed';
};
