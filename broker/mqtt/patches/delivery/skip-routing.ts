/**
 * Patch: the routing of messages without subscribers.
 *
 * Upstream: after the PUBACK, Aedes searches for subscribers of each message in two places, a third of its work for a message.
 * It has no option to skip the search.
 * Clause: none; it is a matter of speed, see docs/decisions/0005-unheard-readings.md.
 * Seen on: Aedes 1.2.0.
 */
import type { Aedes, Client, PublishPacket } from 'aedes';
import { hasMembers, missing } from '#broker/mqtt/patches/internals.ts';

type RoutedPacket = (packet: PublishPacket, client: Client | null, done: () => void) => void;

const isRoute = (value: unknown): value is RoutedPacket => typeof value === 'function' && value.length === 3;

/** @param isUnheard tells whether the message cannot have a subscriber */
export const skipRouting = (aedes: Aedes, isUnheard: (client: Client, packet: PublishPacket) => boolean): void => {
  const route: unknown = Reflect.get(aedes, 'publish');
  if (!isRoute(route)) throw missing('publish of three parameters', 'delivery/skip-routing');
  const skipping: RoutedPacket = (packet, client, done) => {
    if (typeof client === 'object' && client !== null && isUnheard(client, packet)) done();
    else route.call(aedes, packet, client, done);
  };
  Reflect.set(aedes, 'publish', skipping);
};

const isQueue = (value: unknown): value is { readonly length: number } =>
  typeof value === 'object' && value !== null && hasMembers(value, ['length'], 'number');

/** The number of packets that wait for a free slot of the routing, for the metrics. */
export const routingQueue = (aedes: Aedes): (() => number) => {
  const queue: unknown = Reflect.get(aedes, 'mq');
  if (!isQueue(queue)) throw missing('mq.length', 'delivery/skip-routing');
  return () => queue.length;
};
