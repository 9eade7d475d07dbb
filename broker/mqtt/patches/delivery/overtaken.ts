/**
 * Patch: messages that another message overtook.
 *
 * Upstream: Aedes numbers messages and treats a message with a lower number than the last one as a duplicate. A message that
 * another one overtook on its way to the client is lost.
 * Clause: section 4.3, delivery guarantees: QoS 1 is at least once.
 * Seen on: Aedes 1.2.0.
 */
import type { PacketReceiver, QueuedPacket } from '#broker/mqtt/patches/internals.ts';

/** Tells whether a message has to be sent. The copy that another subscription brings directly after it is a duplicate. */
export const acceptOvertaken = (
  { duplicates }: Pick<PacketReceiver, 'duplicates'>,
  { brokerId, brokerCounter = 0 }: QueuedPacket,
): boolean => {
  if (typeof brokerId !== 'string') return true;
  if (duplicates[brokerId] === brokerCounter) return false;
  duplicates[brokerId] = brokerCounter - 1;
  return true;
};
