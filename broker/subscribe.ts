import type { AedesOptions } from 'aedes';
import { maySubscribe } from './access.ts';
import type { Refuse } from './refusals.ts';
import type { Sessions } from './session.ts';

type AuthorizeSubscribe = NonNullable<AedesOptions['authorizeSubscribe']>;
type AuthorizeForward = NonNullable<AedesOptions['authorizeForward']>;

/** Grants a filter, or answers 0x80 (MQTT 3.1.1 section 3.9.3) and leaves the connection alone. */
export const createAuthorizeSubscribe =
  (sessions: Sessions, refuse: Refuse): AuthorizeSubscribe =>
  (client, subscription, callback) => {
    if (sessions.of(client)?.mayHold(subscription.topic) === true) {
      callback(null, subscription);
      return;
    }
    refuse('subscribe', { filter: subscription.topic, client: client.id });
    callback(null, null);
  };

/** Asks once more at delivery: a session that was kept may hold messages that its client must not see any more. */
export const createAuthorizeForward =
  (sessions: Sessions): AuthorizeForward =>
  (client, packet) => {
    const identity = sessions.of(client)?.identity;
    return identity !== undefined && maySubscribe(identity, packet.topic) ? packet : null;
  };
