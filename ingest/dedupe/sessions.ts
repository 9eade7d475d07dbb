import type { ConnectionChange } from '#storage/operations/storing.ts';
import { readConnected } from '#model/readings/connected.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { SessionOf } from './identity.ts';

/** The connections of the broker as they were before a batch. */
export interface ConnectionsBefore {
  /** Number of the entry with which the broker was started last: it counts its connections from 1 again. */
  brokerRun(): number;
  /** Client id of a connection whose session is kept. */
  keptClient(connection: number): string | undefined;
}

/** The change of connections that an entry tells of; undefined where it tells of none. */
const changeOf = ({ kind, sequence, connection, payload, receivedAt }: Entry): ConnectionChange | undefined => {
  switch (kind) {
    case 'broker-started':
      return { kind, sequence };
    case 'connected': {
      const { clientId, isKept } = readConnected(payload);
      return isKept ? { kind, sequence, connection, clientId } : undefined;
    }
    case 'disconnected':
      return { kind, sequence, connection, at: receivedAt };
    default:
      return undefined;
  }
};

export const connectionChanges = (entries: readonly Entry[]): readonly ConnectionChange[] =>
  entries.filter(({ kind }) => kind !== 'readings').flatMap((entry) => changeOf(entry) ?? []);

/**
 * Names MQTT sessions. A kept session has the name of its client, on every connection and over a restart of the broker; a
 * clean one ends with its connection, and has the name of that.
 */
export const sessionsIn = (changes: readonly ConnectionChange[], before: ConnectionsBefore): SessionOf => {
  const starts = changes.filter(({ kind }) => kind === 'broker-started').map(({ sequence }) => sequence);
  const connected = Map.groupBy(
    changes.flatMap((change) => (change.kind === 'connected' ? [change] : [])),
    ({ connection }) => connection,
  );
  const known = new Map<number, string | undefined>();
  const clientBefore = (connection: number): string | undefined => {
    if (!known.has(connection)) known.set(connection, before.keptClient(connection));
    return known.get(connection);
  };
  let runBefore: number | undefined;
  return ({ sequence, connection }) => {
    const start = starts.findLast((each) => each < sequence);
    const here = connected.get(connection)?.findLast((change) => change.sequence < sequence);
    const isHere = here !== undefined && here.sequence > (start ?? 0);
    const client = isHere ? here.clientId : start === undefined ? clientBefore(connection) : undefined;
    if (client !== undefined) return JSON.stringify(client);
    return `${start ?? (runBefore ??= before.brokerRun())}.${connection}`;
  };
};

/** Connections that are remembered; of more, the oldest are asked for where there is something to ask. */
const REMEMBERED = 100_000;

/** The connections of one batch after the other, for whoever keeps no rows of them. */
export class Connections implements ConnectionsBefore {
  readonly #before: ConnectionsBefore | undefined;
  readonly #clients = new Map<number, string>();
  #run: number | undefined;

  constructor(before?: ConnectionsBefore) {
    this.#before = before;
  }

  brokerRun(): number {
    return this.#run ?? this.#before?.brokerRun() ?? 0;
  }

  keptClient(connection: number): string | undefined {
    return (
      this.#clients.get(connection) ?? (this.#run === undefined ? this.#before?.keptClient(connection) : undefined)
    );
  }

  /** Takes the changes of a batch over, once it is done with. */
  take(changes: readonly ConnectionChange[]): void {
    for (const change of changes) {
      if (change.kind === 'broker-started') {
        this.#run = change.sequence;
        this.#clients.clear();
      } else if (change.kind === 'connected') {
        this.#clients.delete(change.connection);
        this.#clients.set(change.connection, change.clientId);
        const [oldest] = this.#clients.keys();
        if (this.#clients.size > REMEMBERED && oldest !== undefined) this.#clients.delete(oldest);
      }
    }
  }
}
