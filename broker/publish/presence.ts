import type { Aedes } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { writeConnected } from '#model/readings/connected.ts';
import type { RecentRefusals } from '#model/limits/recent-refusals.ts';
import type { Packet } from '#model/readings/packet.ts';
import type { Acknowledger } from './acknowledger.ts';
import type { BrokerCounts } from '#broker/metrics/counts.ts';
import { type ClientIdentity, nameOf } from '#broker/auth/identity.ts';
import type { Refuse } from '#broker/metrics/refusals.ts';
import type { Sessions } from './session.ts';

export interface PresenceDeps {
  readonly sessions: Sessions;
  readonly acknowledger: Acknowledger;
  readonly counts: BrokerCounts;
  readonly refuse: Refuse;
  readonly recentRefusals: Pick<RecentRefusals, 'connected'>;
  readonly clock: Clock;
  readonly isStopping: () => boolean;
  /** False after the credentials of the identity were revoked. */
  readonly isValid: (identity: ClientIdentity) => boolean;
}

/**
 * Journals the presence of clients: `broker-started` at once, `connected` before the first publish of a connection, `disconnected`
 * after the close of its socket. The payload of `connected` is the client id and whether the session is persistent
 * (`model/readings/connected.ts`), the payload of `disconnected` is the client id. These entries are not awaited: an entry that the
 * journal refuses is counted, and `broker-started` is repeated before the next entry, because ingest publishes the retained alerts after it.
 * A broker that stops does not write `disconnected`, because its devices are still there.
 */
export const trackPresence = (aedes: Aedes, deps: PresenceDeps): void => {
  let isStartWritten = false;
  const write = (kind: Packet['kind'], sender: string, connection: number, payload: Uint8Array): void => {
    if (!isStartWritten && kind !== 'broker-started') writeStart();
    const entry: Packet = {
      kind,
      sender,
      connection,
      topic: '',
      payload,
      qos: 0,
      dup: false,
      packetId: 0,
      receivedAt: deps.clock.now(),
    };
    deps.acknowledger.take(entry, (fault) => {
      if (fault === undefined) return;
      if (kind === 'broker-started') isStartWritten = false;
      deps.counts.presenceLost += 1;
      deps.refuse('journal', { code: fault.code, detail: fault.detail, kind });
    });
  };

  const writeStart = (): void => {
    isStartWritten = true;
    write('broker-started', '', 0, Buffer.alloc(0));
  };

  writeStart();
  // 'client' and not 'clientReady': the latter may come after the first publish
  aedes.on('client', (client) => {
    const session = deps.sessions.of(client);
    if (session?.identity === undefined || client.closed) return;
    // revoked between its authentication and its registration
    if (!deps.isValid(session.identity)) {
      deps.refuse('revoked', deps.sessions.senderOf(client));
      client.close();
      return;
    }
    deps.counts.connections += 1;
    const tooMany = deps.sessions.excess(client);
    if (tooMany !== undefined) {
      deps.refuse('connections-per-identity', deps.sessions.senderOf(tooMany));
      tooMany.close();
    }
    const name = nameOf(session.identity);
    if (name !== undefined) deps.recentRefusals.connected(name, deps.sessions.senderOf(client).address);
    deps.sessions.connected(client, () => {
      if (name !== undefined && !deps.isStopping())
        write('disconnected', name, session.connection, Buffer.from(client.id));
    });
    if (name === undefined) return;
    write('connected', name, session.connection, writeConnected({ clientId: client.id, isKept: !session.isClean }));
  });
};
