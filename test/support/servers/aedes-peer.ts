import { type Duplex, duplexPair } from 'node:stream';
import type { Aedes, Client } from 'aedes';
import { type Packet, generate, parser } from 'mqtt-packet';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket } from '#test/support/clients/raw-mqtt.ts';

/** The far end of a connection to a bare Aedes, without a socket, beside the client that Aedes sees. */
export interface AedesPeer {
  readonly client: Client;
  /** The end of the broker. */
  readonly near: Duplex;
  readonly far: Duplex;
  readonly received: readonly Packet[];
  send(packet: Packet): void;
  /** Waits for a packet of this kind. */
  expect(cmd: Packet['cmd']): Promise<void>;
}

/** A connection to Aedes over which nothing was sent yet. */
export const openConnection = (aedes: Aedes): Omit<AedesPeer, 'expect'> => {
  const [near, far] = duplexPair();
  const received: Packet[] = [];
  const incoming = parser();
  incoming.on('packet', (packet: Packet) => received.push(packet));
  far.on('data', (chunk) => incoming.parse(chunk));
  const client = aedes.handle(near);
  return { client, near, far, received, send: (packet) => void far.write(generate(packet)) };
};

/** @param prepare is called with the client before it has heard anything */
export const dialAedes = (
  aedes: Aedes,
  { clean = false, prepare }: { readonly clean?: boolean; readonly prepare?: (client: Client) => void } = {},
): AedesPeer => {
  const connection = openConnection(aedes);
  prepare?.(connection.client);
  connection.send(connectPacket({ clientId: 'c', clean }));
  return {
    ...connection,
    expect: (cmd) =>
      eventually(() => {
        if (!connection.received.some((packet) => packet.cmd === cmd)) throw new Error(`no ${cmd} so far`);
      }),
  };
};
