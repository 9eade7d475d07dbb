/**
 * Patch: the DUP flag of the sender.
 *
 * Upstream: Aedes forwards the DUP flag that the publisher set.
 * Clause: [MQTT-3.3.1-3], the flag is set by this server's own delivery alone.
 * Seen on: Aedes 1.2.0.
 */
import type { QueuedPacket } from '#broker/mqtt/patches/internals.ts';

export const clearDup = (packet: QueuedPacket): void => {
  packet.dup = false;
};
