import type { Aedes } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { writeConnected } from '#model/readings/connected.ts';
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
  readonly clock: Clock;
  readonly isStopping: () => boolean;
  /** Is what it has shown still valid? */
  readonly isStanding: (identity: ClientIdentity) => boolean;
}

/**
 * Journals who comes and goes: `broker-started` at once, `connected` before the first publish of a connection,
 * `disconnected` when its socket has closed. The payload of `connected` is the client id and whether its session is kept
 * (`model/readings/connected.ts`), that of `disconnected` the client id. Nobody waits for these entries: one that the journal does not take is counted, and `broker-started` is tried again before the next, for on
 * it hang the retained alerts. A broker that stops does not write `disconnected`: its devices have not left.
 */
export const watchPresence = (aedes: Aedes, deps: PresenceDeps): void => {
  let isStartTold = false;
  const tell = (kind: Packet['kind'], sender: string, connection: number, payload: Uint8Array): void => {
    if (!isStartTold && kind !== 'broker-started') tellStart();
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
      if (kind === 'broker-started') isStartTold = false;
      deps.counts.presenceLost += 1;
      deps.refuse('journal', { code: fault.code, detail: fault.detail, kind });
    });
  };

  const tellStart = (): void => {
    isStartTold = true;
    tell('broker-started', '', 0, Buffer.alloc(0));
  };

  tellStart();
  // 'client' and not 'clientReady': the latter may come after the first publish
  aedes.on('client', (client) => {
    const session = deps.sessions.of(client);
    if (session?.identity === undefined || client.closed) return;
    // revoked since its CONNECT was judged, when it was not yet among those who can be cut
    if (!deps.isStanding(session.identity)) {
      deps.refuse('revoked', deps.sessions.who(client));
      client.close();
      return;
    }
    deps.counts.connections += 1;
    const tooMany = deps.sessions.excess(client);
    if (tooMany !== undefined) {
      deps.refuse('connections-per-identity', deps.sessions.who(tooMany));
      tooMany.close();
    }
    const name = nameOf(session.identity);
    deps.sessions.connected(client, () => {
      if (name !== undefined && !deps.isStopping())
        tell('disconnected', name, session.connection, Buffer.from(client.id));
    });
    if (name === undefined) return;
    tell('connected', name, session.connection, writeConnected({ clientId: client.id, isKept: !session.isClean }));
  });
};
