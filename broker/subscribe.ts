import type { AedesOptions, Client } from 'aedes';
import type { Audience } from './audience.ts';
import type { Refuse } from './refusals.ts';
import type { Sessions } from './session.ts';

type AuthorizeSubscribe = NonNullable<AedesOptions['authorizeSubscribe']>;
type AuthorizeForward = NonNullable<AedesOptions['authorizeForward']>;

export interface SubscribeDeps {
  readonly sessions: Sessions;
  readonly audience: Audience;
  readonly refuse: Refuse;
  /** Longest filter. */
  readonly topicBytes: number;
  /** Is there a kept session of this client, or room for one? */
  readonly mayKeep: (client: Client) => boolean;
}

/**
 * Grants a filter, or answers 0x80 (MQTT 3.1.1 section 3.9.3) and leaves the connection alone. A client that asked for a
 * session to be kept is granted nothing where it cannot be: it would take for kept what is not [MQTT-3.1.2-4].
 */
export const createAuthorizeSubscribe =
  ({ sessions, audience, refuse, topicBytes, mayKeep }: SubscribeDeps): AuthorizeSubscribe =>
  (client, subscription, callback) => {
    const session = sessions.of(client);
    if (Buffer.byteLength(subscription.topic) > topicBytes) {
      refuse('topic-length', { bytes: Buffer.byteLength(subscription.topic), client: client.id });
      callback(null, null);
      return;
    }
    if (session?.isClean === false && !mayKeep(client)) {
      refuse('session', { client: client.id });
      callback(null, null);
      return;
    }
    const answer = session?.hold(subscription.topic) ?? 'refused';
    if (answer === 'granted') {
      // a device may hold only its own config and commands, and alerts; a gateway nothing that readings are published to
      if (session?.identity?.role === 'operator' || session?.identity?.role === 'anyone')
        audience.joined(client, subscription.topic);
      callback(null, subscription);
      return;
    }
    refuse(answer === 'too-many' ? 'subscriptions' : 'subscribe', { filter: subscription.topic, client: client.id });
    callback(null, null);
  };

/** Asks once more at delivery: a session that was kept may hold messages that its client must not see any more. */
export const createAuthorizeForward =
  (sessions: Sessions): AuthorizeForward =>
  (client, packet) =>
    sessions.of(client)?.mayHear(packet.topic) === true ? packet : null;
