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
  readonly mirror: WriteBehind;
  readonly engine: EngineStore;
  readonly deps: {
    readonly log: Log;
    readonly limited: CountLimited;
    /** Whose client it is, as text; empty where nobody is told apart. */
    readonly ownerOf: (client: Client) => string;
    /** Is nothing to be retained under this topic? */
    readonly isUnkept: (topic: string) => boolean;
  };
}

/** A message goes to a session with the lower QoS of its own and the subscription's [MQTT-3.8.4-6]. */
const asSubscribed = (packet: OutgoingPacket, qos: number | undefined): OutgoingPacket => ({
  ...packet,
  qos: Math.min(packet.qos ?? 0, qos ?? 2),
});

const isSame = (a: TopicFilter | undefined, b: TopicFilter): boolean =>
  a !== undefined && a.qos === b.qos && a.rh === b.rh && a.rap === b.rap && a.nl === b.nl;

/**
 * Stands for the subscriptions of a session that has none: Aedes tells a client that its session is present where it
 * finds one [MQTT-3.2.2-2]. Nobody can ask for it, for U+0000 is in no filter, and `subscribe.ts` grants it to nobody.
 */
export const NO_FILTER: TopicFilter = { topic: '\u0000', qos: 0 };

type Subscriptions = Pick<
  SessionStore,
  'addSubscriptions' | 'removeSubscriptions' | 'subscriptionsByClient' | 'cleanSubscriptions'
>;

const subscriptionsOf = ({ sessions, mirror, engine, deps }: StoreParts): Subscriptions => {
  const forget = async (clientId: string, filters: Iterable<string>): Promise<void> => {
    await engine.removeSubscriptions({ id: clientId }, [...filters]);
  };
  return {
    addSubscriptions: async (client, filters) => {
      const { id } = client;
      // one that has left would count as connected for ever
      if (filters.length === 0 || client.closed) return;
      const kept = sessions.keep({ clientId: id, owner: deps.ownerOf(client), connection: client });
      if (kept === undefined) return;
      const { session, evicted } = kept;
      if (evicted !== undefined) {
        deps.log.warn('a kept session made room for a newer one', { client: evicted.clientId, for: id });
        await forget(evicted.clientId, evicted.filters.keys());
      }
      const changed = filters.filter((filter) => !isSame(session.filters.get(filter.topic), filter));
      if (changed.length === 0) return;
      for (const { topic, qos, rh, rap, nl } of changed) session.filters.set(topic, { topic, qos, rh, rap, nl });
      await engine.addSubscriptions({ id }, changed);
      sessions.save(session);
      await mirror.synced();
    },
    removeSubscriptions: async ({ id }, topics) => {
      await forget(id, topics);
      const session = sessions.of(id);
      if (session === undefined) return;
      for (const topic of topics) session.filters.delete(topic);
      sessions.save(session);
      await mirror.synced();
    },
    subscriptionsByClient: async (client) => {
      const filters = await engine.subscriptionsByClient(client);
      return filters.length === 0 && sessions.of(client.id) !== undefined ? [NO_FILTER] : filters;
    },
    // ended later in a CONNECT, when the connection before is closed; see `end`
    cleanSubscriptions: async () => undefined,
  };
};

/** Where Aedes finds and puts sessions and retained messages: in ours. */
export const makeStore = (parts: StoreParts): SessionStore => {
  const { sessions, retained, deps } = parts;
  return {
    ...subscriptionsOf(parts),
    storeRetained: async (packet) => {
      const { topic = '', payload = '' } = packet;
      if (payload.length > 0 && deps.isUnkept(topic)) return;
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
    // no waiting on the way of a message: what comes behind would overtake it, and Aedes drops what was overtaken
    outgoingEnqueueCombi: async (subscribers, packet) => {
      for (const { clientId, qos } of subscribers) {
        const session = sessions.of(clientId);
        if (session !== undefined) sessions.enqueue(session, asSubscribed(packet, qos));
      }
    },
    // one that is not here was dropped for want of room, or its session is not kept: it is delivered all the same
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
