import { writeConnected } from '#model/readings/connected.ts';
import type { Entry } from '#model/readings/packet.ts';
import { MORNING } from './readings.ts';

/** An entry of the journal, of which only what matters is said: by default `dev-1` sends `body` by QoS 1 in the morning. */
export type Arrival = Partial<Entry> & { readonly body?: unknown };

/** Entries in their order, numbered on from `first`. */
export const entriesOf = (arrivals: readonly Arrival[], first = 1): readonly Entry[] =>
  arrivals.map(({ body, ...given }, index) => ({
    kind: 'readings',
    sender: 'dev-1',
    connection: 1,
    topic: 'v1/dev-1/readings',
    qos: 1,
    dup: false,
    packetId: 1,
    receivedAt: MORNING,
    payload: Buffer.from(JSON.stringify(body ?? {})),
    sequence: first + index,
    ...given,
  }));

/** The broker is started anew: it counts its connections from 1 again. */
export const STARTED: Arrival = { kind: 'broker-started', sender: '', connection: 0, payload: Buffer.alloc(0) };

export const connected = (connection: number, isKept: boolean): Arrival => ({
  kind: 'connected',
  connection,
  payload: Buffer.from(writeConnected({ clientId: 'dev-1', isKept })),
});
