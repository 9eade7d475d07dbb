/**
 * Patch: filters that were refused.
 *
 * Upstream: Aedes stores all filters of a SUBSCRIBE for a persistent session, also those that `authorizeSubscribe` refused,
 * and queues their messages for the session.
 * Clause: [MQTT-3.9.3-1], a return code for each filter: 0x80 is a failure.
 * Seen on: Aedes 1.2.0.
 */
import type { Aedes, Client, Subscription } from 'aedes';
import { hasMethods, missing, persistenceOf } from '#broker/mqtt/patches/internals.ts';

interface SubscriptionStore {
  addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<unknown>;
}

const isStore = (value: unknown): value is SubscriptionStore => hasMethods(value, ['addSubscriptions']);

/** @param isAllowed tells whether the client may hold a subscription to the filter */
export const patchRefusedFilters = (aedes: Aedes, isAllowed: (client: Client, filter: string) => boolean): void => {
  const store = persistenceOf(aedes);
  if (!isStore(store)) throw missing('persistence.addSubscriptions', 'sessions/refused-filters');
  const add = store.addSubscriptions.bind(store);
  store.addSubscriptions = (client, subscriptions) =>
    add(
      client,
      subscriptions.filter(({ topic }) => isAllowed(client, topic)),
    );
};
