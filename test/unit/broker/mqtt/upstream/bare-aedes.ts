import { Aedes, type AedesOptions, type PublishPacket } from 'aedes';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { type AedesPeer, openConnection } from '#test/support/servers/aedes-peer.ts';
import { connectPacket, type RawConnect } from '#test/support/clients/raw-mqtt.ts';

/** Aedes without patches and without hooks of ours. */
export const bareAedes = async (options: AedesOptions = {}): Promise<Aedes> => {
  const aedes = await Aedes.createBroker({ drainTimeout: 0, ...options });
  onTestFinished(() => new Promise((resolve) => aedes.close(() => resolve())));
  return aedes;
};

/** The far end of a connection to it. */
export interface BarePeer extends Omit<AedesPeer, 'expect'> {
  write(hex: string): void;
  /** Waits until packets of this kind have come, and gives them. */
  expect(cmd: Packet['cmd'], count?: number): Promise<Packet[]>;
  publishes(): readonly IPublishPacket[];
  closed(): Promise<void>;
  /** Closes the client and waits until Aedes has removed it. */
  close(): Promise<void>;
}

/** Opens a connection and sends nothing. */
export const connectionTo = (aedes: Aedes): BarePeer => {
  const connection = openConnection(aedes);
  const { client, far, received } = connection;
  onTestFinished(() => void far.destroy());
  return {
    ...connection,
    write: (hex) => void far.write(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    expect: (cmd, count = 1) =>
      eventually(() => {
        const found = received.filter((packet) => packet.cmd === cmd);
        if (found.length < count) throw new Error(`${found.length} of ${count} ${cmd} so far`);
        return found;
      }),
    publishes: () => received.filter((packet) => packet.cmd === 'publish'),
    closed: () =>
      eventually(() => {
        if (!client.closed) throw new Error('the connection is still open');
      }),
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
};

/** Connects a client and waits for its CONNACK. */
export const connected = async (aedes: Aedes, options: RawConnect = {}): Promise<BarePeer> => {
  const peer = connectionTo(aedes);
  peer.send(connectPacket({ clientId: 'c', clean: false, ...options }));
  await peer.expect('connack');
  return peer;
};

export const subscribe = async (peer: BarePeer, ...filters: readonly (readonly [string, 0 | 1 | 2])[]) => {
  const before = peer.received.filter(({ cmd }) => cmd === 'suback').length;
  peer.send({ cmd: 'subscribe', messageId: 9, subscriptions: filters.map(([topic, qos]) => ({ topic, qos })) });
  const [suback] = (await peer.expect('suback', before + 1)).slice(-1);
  return suback;
};

/** Publishes from the broker itself; resolves when Aedes has routed the message. */
export const published = (
  aedes: Aedes,
  payload: string,
  more: Partial<Pick<PublishPacket, 'topic' | 'qos' | 'retain' | 'dup'>> = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    const packet = { cmd: 'publish', topic: 'a/b', qos: 1, payload, retain: false, dup: false, ...more } as const;
    aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
  });
