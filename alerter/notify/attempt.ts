import type { Clock } from '#model/base/clock.ts';
import { type Duration, formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Channel, Sendable } from './channel.ts';

/**
 * Sends a message once, within a time limit. An error that is not a fault is thrown, because it is a bug.
 * @returns the fault, or undefined when the message was accepted
 */
export const attempt = async (
  channel: Channel,
  message: Sendable,
  { clock, timeout, signal }: { readonly clock: Clock; readonly timeout: Duration; readonly signal: AbortSignal },
): Promise<Fault | undefined> => {
  const late = new AbortController();
  const timer = clock.after(timeout, () => late.abort());
  try {
    await channel.send(message, AbortSignal.any([late.signal, signal]));
    return undefined;
  } catch (error) {
    if (late.signal.aborted || signal.aborted) {
      const why = late.signal.aborted ? `no answer within ${formatDuration(timeout)}` : 'the service is stopping';
      return new Fault('CHANNEL_UNREACHABLE', `${channel.name}: ${why}`, { retry: true, cause: error });
    }
    if (error instanceof Fault) return error;
    throw error;
  } finally {
    timer.stop();
  }
};
