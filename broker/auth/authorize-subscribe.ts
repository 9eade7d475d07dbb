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
  readonly audience: ReadingSubscribers;
  readonly refuse: Refuse;
  /** Longest filter. */
  readonly topicBytes: number;
  /** Is there a kept session of this client, or room for one? */
  readonly mayKeep: (client: Client) => boolean;
}

type SubscribeRefusal = readonly [reason: RefusalReason, told: LogFields];

/** Why a filter is not granted; undefined where it is. A session that asks for it holds it from then on. */
const refusalOf = (client: Client, filter: string, deps: SubscribeDeps): SubscribeRefusal | undefined => {
  const session = deps.sessions.of(client);
  const bytes = Buffer.byteLength(filter);
  if (bytes > deps.topicBytes) return ['topic-length', { bytes }];
  if (session?.isClean === false && !deps.mayKeep(client)) return ['session', {}];
  const answer = session?.hold(filter) ?? 'refused';
  if (answer === 'granted') return undefined;
  return [answer === 'too-many' ? 'subscriptions' : 'subscribe', { filter }];
};

/**
 * Grants a filter, or answers 0x80 (MQTT 3.1.1 section 3.9.3) and leaves the connection alone. A client that asked for a
 * session to be kept is granted nothing where it cannot be: it would take for kept what is not [MQTT-3.1.2-4].
 */
export const createAuthorizeSubscribe = (deps: SubscribeDeps): AuthorizeSubscribe => {
  const { sessions, audience, refuse } = deps;
  return (client, subscription, callback) => {
    const { topic } = subscription;
    const refusal = topic === NO_FILTER.topic ? undefined : refusalOf(client, topic, deps);
    if (refusal !== undefined) refuse(refusal[0], { ...refusal[1], client: client.id });
    if (refusal !== undefined || topic === NO_FILTER.topic) {
      callback(null, null);
      return;
    }
    // a device may hold only its own config and commands, and alerts; a gateway nothing that readings are published to
    const role = sessions.of(client)?.identity?.role;
    if (role === 'operator' || role === 'anyone') audience.joined(client, topic);
    callback(null, subscription);
  };
};

/** Asks once more at delivery: a session that was kept may hold messages that its client must not see any more. */
export const createAuthorizeForward =
  (sessions: Sessions): AuthorizeForward =>
  (client, packet) =>
    sessions.of(client)?.mayHear(packet.topic) === true ? packet : null;
