import { isSparkplug } from '#model/readings/topic.ts';
import type { AedesOptions, Client, ConnectPacket } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import { mayWill } from './authorize-publish.ts';
import { isClientIdAllowed } from './client-id.ts';
import type { RefusalReason } from '#broker/metrics/counts.ts';
import { type Directory, type Identify, type ClientIdentity, nameOf } from './identity.ts';
import type { LimitSettings } from '#broker/net/limit-settings.ts';
import type { OtherVersions } from '#broker/mqtt/other-versions.ts';
import type { CountLimited, Refuse } from '#broker/metrics/refusals.ts';
import type { ClientSession, Sessions } from '#broker/publish/session.ts';

type PreConnect = NonNullable<AedesOptions['preConnect']>;
type Authenticate = NonNullable<AedesOptions['authenticate']>;

/** CONNACK return codes (MQTT 3.1.1 section 3.2.2.3). */
const IDENTIFIER_REJECTED = 2;
const BAD_USER_NAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

interface ConnectRefusal {
  readonly returnCode: 2 | 4 | 5;
  readonly reason: RefusalReason;
}

/** Protocol levels of MQTT 3.1 and MQTT 3.1.1. */
const SUPPORTED_LEVELS: readonly (number | undefined)[] = [3, 4];

export interface PreConnectDeps {
  readonly sessions: Sessions;
  readonly identify: Identify;
  readonly refuse: Refuse;
  readonly limited: CountLimited;
  readonly otherVersions: OtherVersions;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Stores the data of the CONNECT, because Aedes replaces an empty client id before it calls `authenticate`. A missing or very long
 * keepalive is lowered to the longest one: a server may close a connection that is silent (section 3.1.2.10). A very short one is
 * raised, so that a disk that is slow for a second does not disconnect the client.
 */
export const createPreConnect =
  (deps: PreConnectDeps, { least, most }: KeepaliveBounds): PreConnect =>
  (client, packet, callback) => {
    const asked = packet.keepalive ?? 0;
    const longest = Math.floor(most.ms / 1_000);
    if (asked === 0 || asked > longest) packet.keepalive = longest;
    // the session has the keepalive of the client itself, which is how long it waits for an answer
    deps.sessions.open(client, packet);
    packet.keepalive = Math.max(packet.keepalive ?? 0, Math.min(longest, Math.ceil(least.ms / 1_000)));
    if (!SUPPORTED_LEVELS.includes(packet.protocolVersion)) {
      reportVersion(client, packet, deps);
    } else if (packet.keepalive !== asked) {
      deps.limited('keepalive', { client: packet.clientId, asked, given: packet.keepalive });
    }
    callback(null, true);
  };

/** Aedes answers a CONNECT of MQTT 5 with code 1 [MQTT-3.1.2-2]. The sender is authenticated and logged, so that an operator finds it. */
const reportVersion = (client: Client, packet: ConnectPacket, deps: PreConnectDeps): void => {
  const { sessions, refuse, otherVersions, clock } = deps;
  const session = sessions.of(client);
  const { username: user, clientId, protocolVersion: level = 0 } = packet;
  const identity = deps.identify({ user, password: packet.password, certificate: session?.certificate });
  const sender = identity === undefined ? undefined : nameOf(identity);
  if (identity !== undefined) session?.authenticated(identity);
  if (sender !== undefined) otherVersions.refused(sender, level, clock.now());
  refuse('protocol-level', { ...sessions.senderOf(client), client: clientId, user, level });
};

export interface KeepaliveBounds {
  readonly least: Duration;
  readonly most: Duration;
}

/** Authenticates a CONNECT. An unknown user and a wrong secret get the same answer after the same work. */
export const createAuthenticate = (deps: {
  readonly sessions: Sessions;
  readonly identify: Identify;
  readonly directory: Directory;
  readonly refuse: Refuse;
  readonly limits: LimitSettings;
  readonly otherVersions: OtherVersions;
}): Authenticate => {
  const refuseConnect = (client: Client, user: string | undefined, { reason, returnCode }: ConnectRefusal) => {
    const { address } = deps.sessions.senderOf(client);
    deps.refuse(reason, { address, user, client: deps.sessions.of(client)?.clientId });
    return Object.assign(new Error(`CONNECT refused: ${reason}`), { returnCode });
  };

  return (client, user, password, done) => {
    const session = deps.sessions.of(client);
    const identity = deps.identify({ user, password, certificate: session?.certificate });
    const refusal = refusalOf(session, identity, deps);
    if (refusal !== undefined) {
      done(refuseConnect(client, user, refusal), false);
      return;
    }
    if (identity !== undefined) {
      session?.authenticated(identity);
      deps.otherVersions.accepted(nameOf(identity) ?? '');
    }
    done(null, true);
  };
};

const refusalOf = (
  session: ClientSession | undefined,
  identity: ClientIdentity | undefined,
  { directory, limits }: { readonly directory: Directory; readonly limits: LimitSettings },
): ConnectRefusal | undefined => {
  if (session === undefined || identity === undefined) {
    return { returnCode: BAD_USER_NAME_OR_PASSWORD, reason: 'credentials' };
  }
  if (Buffer.byteLength(session.clientId) > limits.clientIdBytes) {
    return { returnCode: IDENTIFIER_REJECTED, reason: 'client-id-length' };
  }
  if (session.will !== undefined && Buffer.byteLength(session.will.topic) > limits.topicBytes) {
    return { returnCode: NOT_AUTHORIZED, reason: 'topic-length' };
  }
  // [MQTT-3.1.3-8]
  const isNameless = session.clientId === '' && !session.isClean;
  if (isNameless || !isClientIdAllowed(identity, session.clientId)) {
    return { returnCode: IDENTIFIER_REJECTED, reason: 'client-id' };
  }
  if (session.will !== undefined && !mayWill(identity, session.will.topic, directory)) {
    return { returnCode: NOT_AUTHORIZED, reason: isSparkplug(session.will.topic) ? 'sparkplug' : 'will' };
  }
  return undefined;
};
