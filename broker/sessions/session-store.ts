import { Readable } from 'node:stream';
import type { Client } from 'aedes';
import type { Log } from '#model/base/log.ts';
import type { CountLimited } from '#broker/metrics/refusals.ts';
import type { EngineStore, SessionStore } from '#broker/mqtt/patches/sessions/persistence.ts';
import type { PersistentSessions } from './persistent-sessions.ts';
import type { WriteBehind } from './write-behind.ts';
import type { OutgoingPacket } from './outgoing.ts';
import type { TopicFilter } from './records.ts';
import type { Retained } from './retained.ts';

export interface StoreParts {
  readonly sessions: PersistentSessions;
  readonly retained: Retained;
  readonly writeBehind: WriteBehind;
  readonly engine: EngineStore;
  readonly deps: {
    readonly log: Log;
    readonly limited: CountLimited;
    /** Owner of the session of a client; empty for `anyone`. */
    readonly ownerOf: (client: Client) => string;
    /** True for a topic whose messages are not retained. */
    readonly isNotRetained: (topic: string) => boolean;
  };
}

/** Lowers the QoS of a message to the QoS of the subscription [MQTT-3.8.4-6]. */
const asSubscribed = (packet: OutgoingPacket, qos: number | undefined): OutgoingPacket => ({
  ...packet,
  qos: Math.min(packet.qos ?? 0, qos ?? 2),
});

const isSame = (a: TopicFilter | undefined, b: TopicFilter): boolean =>
  a !== undefined && a.qos === b.qos && a.rh === b.rh && a.rap === b.rap && a.nl === b.nl;

/**
 * Placeholder for the subscriptions of a session without any: Aedes reports a present session to its client only when it has a
 * subscription [MQTT-3.2.2-2]. A client cannot subscribe to it, because a filter has no U+0000, and `authorize-subscribe.ts` refuses it.
 */
export const NO_FILTER: TopicFilter = { topic: '\u0000', qos: 0 };

type Subscriptions = Pick<
  SessionStore,
  'addSubscriptions' | 'removeSubscriptions' | 'subscriptionsByClient' | 'cleanSubscriptions'
>;

const subscriptionsOf = ({ sessions, writeBehind, engine, deps }: StoreParts): Subscriptions => {
  const removeFilters = async (clientId: string, filters: Iterable<string>): Promise<void> => {
    await engine.removeSubscriptions({ id: clientId }, [...filters]);
  };
  return {
    addSubscriptions: async (client, filters) => {
      const { id } = client;
      // a disconnected client would count as connected for ever
      if (filters.length === 0 || client.closed) return;
      const obtained = sessions.obtain({ clientId: id, owner: deps.ownerOf(client), connection: client });
      if (obtained === undefined) return;
      const { session, evicted } = obtained;
      if (evicted !== undefined) {
        deps.log.warn('persistent session evicted by a newer one', { client: evicted.clientId, for: id });
        await removeFilters(evicted.clientId, evicted.filters.keys());
      }
      const changed = filters.filter((filter) => !isSame(session.filters.get(filter.topic), filter));
      if (changed.length === 0) return;
      for (const { topic, qos, rh, rap, nl } of changed) session.filters.set(topic, { topic, qos, rh, rap, nl });
      await engine.addSubscriptions({ id }, changed);
      sessions.save(session);
      await writeBehind.synced();
    },
    removeSubscriptions: async ({ id }, topics) => {
      await removeFilters(id, topics);
      const session = sessions.of(id);
      if (session === undefined) return;
      for (const topic of topics) session.filters.delete(topic);
      sessions.save(session);
      await writeBehind.synced();
    },
    subscriptionsByClient: async (client) => {
      const filters = await engine.subscriptionsByClient(client);
      return filters.length === 0 && sessions.of(client.id) !== undefined ? [NO_FILTER] : filters;
    },
    // the session ends later during the CONNECT, after the close of the old connection; see `end`
    cleanSubscriptions: async () => undefined,
  };
};

/** The store of sessions and retained messages for Aedes. */
export const makeStore = (parts: StoreParts): SessionStore => {
  const { sessions, retained, deps } = parts;
  return {
    ...subscriptionsOf(parts),
    storeRetained: async (packet) => {
      const { topic = '', payload = '' } = packet;
      if (payload.length > 0 && deps.isNotRetained(topic)) return;
      if (!retained.store(topic, packet)) {
        deps.limited('retained', { topic, messages: retained.size, bytes: retained.bytes });
      }
    },
    createRetainedStream: (filter) => Readable.from(retained.matching([filter])),
    createRetainedStreamCombi: (filters) => Readable.from(retained.matching(filters)),
    outgoingEnqueue: async ({ clientId, qos }, packet) => {
      const session = sessions.of(clientId);
      if (session !== undefined) sessions.enqueueIfRoom(session, asSubscribed(packet, qos));
    },
    // not awaited: the next message would overtake this one, and Aedes drops an overtaken message
    outgoingEnqueueCombi: async (subscribers, packet) => {
      for (const { clientId, qos } of subscribers) {
        const session = sessions.of(clientId);
        if (session !== undefined) sessions.enqueue(session, asSubscribed(packet, qos));
      }
    },
    // an unknown message was dropped for lack of room, or its session is not stored: it is delivered all the same
    outgoingUpdate: async ({ id }, packet) => {
      const session = sessions.of(id);
      if (session !== undefined) sessions.update(session, packet);
    },
    outgoingClearMessageId: async ({ id }, packet) => {
      const session = sessions.of(id);
      return session === undefined ? undefined : sessions.delivered(session, packet);
    },
    outgoingStream: ({ id }) => Readable.from((sessions.of(id)?.queue.all() ?? []).map(({ packet }) => packet)),
  };
};
