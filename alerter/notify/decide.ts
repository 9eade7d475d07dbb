import { type Alert, type Delivery, type DeliveryState, hasEnded } from '#model/alert.ts';
import { days, type Duration, minutes } from '#model/duration.ts';
import type { Fault } from '#model/fault.ts';

/** A message that could not be handed over for so long says that it is late. */
const LATE: Duration = minutes(10);
/** For so long people are owed the end of an alert that they were told of. */
const END_OWED: Duration = days(7);

/** What is known of a message to people when its turn comes. */
export interface Standing {
  readonly alert: Pick<Alert, 'state'>;
  /** Whether this recipient got the message that the alert fires. */
  readonly isNotified: boolean;
  readonly isSilenced: boolean;
  /** Since the message was made. */
  readonly age: Duration;
}

/** `put-off`: not now, for a silence mutes it. */
export type Decision =
  | { readonly what: 'send'; readonly isLate: boolean }
  | { readonly what: 'withdraw' | 'put-off'; readonly why: string };

const withdraw = (why: string): Decision => ({ what: 'withdraw', why });

const ofAlarm = ({ alert, isSilenced }: Standing, isLate: boolean): Decision => {
  if (!isLate) return { what: 'send', isLate };
  if (alert.state !== 'firing') return withdraw('the alert ended before this could be delivered');
  return isSilenced ? { what: 'put-off', why: 'a silence mutes it' } : { what: 'send', isLate };
};

/**
 * Whether a message to people is still of use. Who did not get the alarm gets it late while the alert stands, and does not
 * get its end.
 */
export const decide = ({ state, delivery }: Pick<Delivery, 'state' | 'delivery'>, standing: Standing): Decision => {
  const isLate = delivery === 'missed' || standing.age.ms > LATE.ms;
  if (!hasEnded({ state })) return ofAlarm(standing, isLate);
  return standing.isNotified ? { what: 'send', isLate } : withdraw('this recipient never got the alarm');
};

/** Tries at a message, and time, that it may take before it stands in the way of others no longer. */
export interface Limits {
  readonly giveUpAfter: Duration;
  readonly maxAttempts: number;
}

/** What becomes of a message to people that was not taken. */
export const afterFailure = (
  { state, delivery, attempts }: Pick<Delivery, 'state' | 'delivery' | 'attempts'>,
  { retry }: Pick<Fault, 'retry'>,
  { alert, age }: Pick<Standing, 'alert' | 'age'>,
  { giveUpAfter, maxAttempts }: Limits,
): Extract<DeliveryState, 'waiting' | 'missed' | 'failed'> => {
  const isWithin = age.ms <= giveUpAfter.ms && attempts + 1 < maxAttempts;
  if (delivery === 'waiting' && retry && isWithin) return 'waiting';
  const isOwed = hasEnded({ state }) ? age.ms <= END_OWED.ms : alert.state === 'firing';
  return isOwed ? 'missed' : 'failed';
};
