import type { Delivery } from '#model/alert.ts';
import type { Clock } from '#model/clock.ts';
import { type Duration, formatDuration } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Log } from '#model/log.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channel.ts';

/** What became of one try. `waiting`: another follows. */
export interface Outcome {
  readonly delivery: 'delivered' | 'failed' | 'waiting';
  /** Why not; undefined when it was delivered. */
  readonly fault: Fault | undefined;
}

/** Counts and times of notification. */
export interface NotifyTelemetry {
  /** A message was handed to its channel for the first time, so long after the reading that caused it. */
  handed(channel: string, after: Duration): void;
  tried(channel: string, outcome: Outcome['delivery']): void;
}

export interface DeliverDeps {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly clock: Clock;
  /** Tells how old a message is, so that a clock that leaps ahead gives none up; the clock where there is none. */
  readonly careful?: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly telemetry: NotifyTelemetry;
  readonly limits: { readonly timeout: Duration; readonly giveUpAfter: Duration; readonly maxAttempts: number };
  readonly signal: AbortSignal;
}

const failed = (detail: string): Outcome => ({ delivery: 'failed', fault: new Fault('CHANNEL_REFUSED', detail) });

const send = async (message: Delivery, channel: Channel, deps: DeliverDeps): Promise<Outcome> => {
  const { clock, careful = clock, limits, telemetry, signal } = deps;
  if (careful.now() - message.createdAt > limits.giveUpAfter.ms) {
    return failed(`older than ${formatDuration(limits.giveUpAfter)}; last: ${message.lastError ?? 'never tried'}`);
  }
  if (message.attempts === 0) {
    telemetry.handed(channel.name, { ms: Math.max(0, clock.now() - message.receivedAt) });
  }
  const fault = await attempt(channel, { ...message, isTest: false }, { clock, timeout: limits.timeout, signal });
  if (fault === undefined) return { delivery: 'delivered', fault };
  if (fault.retry && message.attempts + 1 < limits.maxAttempts) return { delivery: 'waiting', fault };
  return { delivery: 'failed', fault };
};

/** Tries a message once, and tells in log and figures what became of it. */
export const deliver = async (message: Delivery, deps: DeliverDeps): Promise<Outcome> => {
  const { channel: name, recipient, key, attempts } = message;
  const channel = deps.channels.get(name);
  const outcome =
    channel === undefined
      ? failed(`"${name}" is none of the channels in the settings any more`)
      : await send(message, channel, deps);
  if (deps.signal.aborted && outcome.delivery === 'waiting') return outcome;
  deps.telemetry.tried(name, outcome.delivery);
  const facts = {
    channel: name,
    recipient,
    key,
    attempt: attempts + 1,
    code: outcome.fault?.code,
    detail: outcome.fault?.detail,
  };
  if (outcome.delivery === 'failed') deps.log.error('notification given up', facts);
  else if (outcome.delivery === 'waiting') deps.log.warn('notification not taken, trying again', facts);
  return outcome;
};
