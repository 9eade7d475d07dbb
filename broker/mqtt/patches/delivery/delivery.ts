/** The delivery of a message to one client, with the patches in the order in which they take effect. */
import type { Client } from 'aedes';
import type { Resending } from '#broker/mqtt/patches/sessions/resend.ts';
import { type Deliver, hasMembers, hasMethods, missing, type PacketReceiver } from '#broker/mqtt/patches/internals.ts';
import { grantedQos, lowerQos } from './highest-qos.ts';
import { acceptOvertaken } from './overtaken.ts';
import { assignPacketId, type PacketIds } from './packet-ids.ts';
import { clearDup } from './sender-flags.ts';
import { afterQueued } from './session-order.ts';

const isReceiver = (client: unknown): client is PacketReceiver =>
  hasMethods(client, ['deliver0', 'deliverQoS']) && hasMembers(client, ['subscriptions', 'duplicates'], 'object');

export const patchDelivery = (client: Client, ids: PacketIds, resending: Resending): void => {
  if (!isReceiver(client)) throw missing('client.deliverQoS', 'delivery/delivery');
  const granted = grantedQos(client);
  const deliver0 = client.deliver0.bind(client);
  const deliverQoS = client.deliverQoS.bind(client);

  const send: Deliver = (packet, done) => {
    if (!acceptOvertaken(client, packet)) {
      queueMicrotask(done);
      return;
    }
    clearDup(packet);
    lowerQos(packet, granted);
    if (packet.qos === 0) {
      deliver0(packet, done);
      return;
    }
    // without an id the connection is closed; a message in a persistent session waits there
    if (!assignPacketId(packet, ids)) {
      queueMicrotask(done);
      return;
    }
    resending.storeRetained(client, packet);
    deliverQoS(packet, done);
  };

  const deliver = afterQueued(client, send, resending.isResent);
  client.deliver0 = deliver;
  client.deliverQoS = deliver;
};
