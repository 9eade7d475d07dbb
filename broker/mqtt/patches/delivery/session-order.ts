/**
 * Patch: the order of the messages of a persistent session.
 *
 * Upstream: Aedes subscribes a client that reconnects before it sends the messages of the session. A new message overtakes the
 * older ones, or is sent twice: from the session and directly.
 * Clause: [MQTT-4.6.0-6], messages of one topic are delivered in order.
 * Seen on: Aedes 1.2.0.
 */
import type { Client } from 'aedes';
import type { Deliver, QueuedPacket } from '#broker/mqtt/patches/internals.ts';

/** Largest number of messages that wait; a further message overtakes the session. */
const MAX_WAITING = 1_000;

/** Delays new messages until the messages of the session are sent, and drops those that were sent from the session. */
export const afterQueued = (
  client: Client,
  send: Deliver,
  isResent: (client: Client, packet: QueuedPacket) => boolean,
): Deliver => {
  const waiting: QueuedPacket[] = [];
  client.once('connected', () => {
    for (const packet of waiting.splice(0)) if (!isResent(client, packet)) send(packet, () => undefined);
  });
  return (packet, done) => {
    if (client.connected || packet.qos === 0 || waiting.length >= MAX_WAITING) {
      send(packet, done);
      return;
    }
    waiting.push(packet);
    queueMicrotask(done);
  };
};
