import { type Packet, generate } from 'mqtt-packet';
import { expect } from 'vitest';
import { type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { type RawMqtt, rawMqtt } from '#test/support/clients/raw-mqtt.ts';

/** A broker that lets in anyone and takes any topic: what conformance suites are run against. */
export const openBroker = (): Promise<TestBroker> => testBroker({ access: 'open' });

/** A field with its length in front (section 1.5.3). */
export const field = (content: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

/** A control packet of any first byte and any body shorter than 16 KiB. */
export const frame = (first: number, ...body: readonly Uint8Array[]): Buffer => {
  const whole = Buffer.concat(body);
  const length = whole.length < 0x80 ? [whole.length] : [(whole.length & 0x7f) | 0x80, whole.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), whole]);
};

/** Bits of the CONNECT flags (section 3.1.2.3). */
export const FLAG = {
  clean: 0x02,
  will: 0x04,
  willQos1: 0x08,
  willQos2: 0x10,
  willRetain: 0x20,
  password: 0x40,
  user: 0x80,
} as const;

export interface ConnectBytes {
  readonly name?: string;
  readonly level?: number;
  readonly flags?: number;
  readonly keepAliveSeconds?: number;
  /** Client id and whatever the flags announce. */
  readonly payload?: readonly (string | Uint8Array)[];
}

/** A CONNECT that `mqtt-packet` would refuse to write. */
export const connectBytes = (of: ConnectBytes = {}): Buffer => {
  const { name = 'MQTT', level = 4, flags = FLAG.clean, keepAliveSeconds = 60, payload = ['c'] } = of;
  const alive = Buffer.from([keepAliveSeconds >> 8, keepAliveSeconds & 0xff]);
  return frame(0x10, field(name), Buffer.from([level, flags]), alive, ...payload.map(field));
};

/** A connection that has sent these bytes and nothing else. */
export const sends = async (bytes: Uint8Array, on?: TestBroker): Promise<RawMqtt> => {
  const { broker } = on ?? (await openBroker());
  const client = rawMqtt(broker.mqttPort);
  client.write(bytes);
  return client;
};

/** A connected client; says as well whether the broker still had its session. */
export const dial = async (
  { broker }: TestBroker,
  clientId: string,
  of: Omit<ConnectBytes, 'payload'> & { readonly will?: readonly [topic: string, payload: string] } = {},
): Promise<RawMqtt & { readonly isSessionPresent: boolean }> => {
  const client = rawMqtt(broker.mqttPort);
  const flags = (of.flags ?? FLAG.clean) | (of.will === undefined ? 0 : FLAG.will);
  client.write(connectBytes({ ...of, flags, payload: [clientId, ...(of.will ?? [])] }));
  const [connack] = await client.expect('connack');
  if (connack?.cmd !== 'connack' || connack.returnCode !== 0) throw new Error('no CONNACK with code 0');
  return { ...client, isClosed: client.isClosed, isSessionPresent: connack.sessionPresent };
};

/** Asks for a session that the broker keeps. */
export const KEPT = { flags: 0 } as const;

export const subscribe = async (client: RawMqtt, filters: Readonly<Record<string, 0 | 1 | 2>>): Promise<number[]> => {
  const before = client.received.filter(({ cmd }) => cmd === 'suback').length;
  const subscriptions = Object.entries(filters).map(([topic, qos]) => ({ topic, qos }));
  client.send({ cmd: 'subscribe', messageId: before + 1, subscriptions });
  const suback = (await client.expect('suback', before + 1)).at(-1);
  return suback?.cmd === 'suback' ? suback.granted.map(Number) : [];
};

export interface Delivered {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly messageId: number | undefined;
}

/** Packets that were published to a client so far. */
export const delivered = (client: Pick<RawMqtt, 'received'>): Delivered[] =>
  client.received.flatMap((packet) => {
    if (packet.cmd !== 'publish') return [];
    const { topic, payload, qos, retain, dup, messageId } = packet;
    return [{ topic, payload: payload.toString(), qos, retain, dup, messageId }];
  });

export const payloads = (client: Pick<RawMqtt, 'received'>): string[] =>
  delivered(client).map(({ payload }) => payload);

/** Waits until as many messages have come as are named, and compares them with these. */
export const expectPayloads = (client: Pick<RawMqtt, 'received'>, expected: readonly string[]): Promise<void> =>
  eventually(() => expect(payloads(client)).toEqual(expected));

/** Waits for this packet to be answered in its kind, so that what it caused is done. */
export const answered = async (client: RawMqtt, packet: Packet, by: Packet['cmd']): Promise<void> => {
  const before = client.received.filter(({ cmd }) => cmd === by).length;
  client.send(packet);
  await client.expect(by, before + 1);
};

export const bytesOf = (packet: Packet): Buffer => generate(packet);
