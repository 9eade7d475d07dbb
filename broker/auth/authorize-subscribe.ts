import type { AedesOptions, Client } from 'aedes';
import type { LogFields } from '#model/base/log.ts';
import type { ReadingSubscribers } from '#broker/publish/reading-subscribers.ts';
import type { RefusalReason } from '#broker/metrics/counts.ts';
import { NO_FILTER } from '#broker/sessions/session-store.ts';
import type { Refuse } from '#broker/metrics/refusals.ts';
import type { Sessions } from '#broker/publish/session.ts';

type AuthorizeSubscribe = NonNullable<AedesOptions['authorizeSubscribe']>;
type AuthorizeForward = NonNullable<AedesOptions['authorizeForward']>;

export interface SubscribeDeps {
  readonly sessions: Sessions;
  readonly subscribers: ReadingSubscribers;
  readonly refuse: Refuse;
  /** Length limit of a filter. */
  readonly topicBytes: number;
  /** True when the client has a persistent session, or there is room for one. */
  readonly mayPersist: (client: Client) => boolean;
}

type SubscribeRefusal = readonly [reason: RefusalReason, fields: LogFields];

/** The reason to refuse a filter. Undefined for a granted one, which the session then holds. */
const refusalOf = (client: Client, filter: string, deps: SubscribeDeps): SubscribeRefusal | undefined => {
  const session = deps.sessions.of(client);
  const bytes = Buffer.byteLength(filter);
  if (bytes > deps.topicBytes) return ['topic-length', { bytes }];
  if (session?.isClean === false && !deps.mayPersist(client)) return ['session', {}];
  const answer = session?.addFilter(filter) ?? 'refused';
  if (answer === 'granted') return undefined;
  return [answer === 'too-many' ? 'subscriptions' : 'subscribe', { filter }];
};

/**
 * Grants a filter, or answers 0x80 (MQTT 3.1.1 section 3.9.3) without closing the connection. A client that requested a persistent
 * session gets no subscription when the session cannot be stored, because it would rely on it [MQTT-3.1.2-4].
 */
export const createAuthorizeSubscribe = (deps: SubscribeDeps): AuthorizeSubscribe => {
  const { sessions, subscribers, refuse } = deps;
  return (client, subscription, callback) => {
    const { topic } = subscription;
    const refusal = topic === NO_FILTER.topic ? undefined : refusalOf(client, topic, deps);
    if (refusal !== undefined) refuse(refusal[0], { ...refusal[1], ...sessions.senderOf(client) });
    if (refusal !== undefined || topic === NO_FILTER.topic) {
      callback(null, null);
      return;
    }
    // devices and gateways have no subscriptions to topics of readings
    const role = sessions.of(client)?.identity?.role;
    if (role === 'operator' || role === 'anyone') subscribers.subscribed(client, topic);
    callback(null, subscription);
  };
};

/** Authorises each delivery: a persistent session may have messages that its client must not receive any more. */
export const createAuthorizeForward =
  (sessions: Sessions): AuthorizeForward =>
  (client, packet) =>
    sessions.of(client)?.mayReceive(packet.topic) === true ? packet : null;
