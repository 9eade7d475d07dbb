import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generate } from 'mqtt-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority } from '#test/support/servers/authority.ts';
import { secretOf, type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { connectPacket } from '#test/support/clients/raw-mqtt.ts';

const secure = (settings: Readonly<Record<string, unknown>> = {}): Promise<TestBroker> =>
  testBroker({ tls: authority('klawing').issue('/CN=localhost'), ...settings });

const LISTENERS = ['tls', 'wss'] as const;
type Over = (typeof LISTENERS)[number];

const portOf = ({ broker }: TestBroker, over: Over): number => (over === 'tls' ? broker.tlsPort : broker.wssPort) ?? 0;

interface Watched<S extends Socket> {
  readonly socket: S;
  readonly said: () => Buffer;
  readonly isClosed: () => boolean;
}

const watched = <S extends Socket>(socket: S): Watched<S> => {
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined).on('close', () => (isClosed = true));
  onTestFinished(() => void socket.destroy());
  return { socket, said: () => Buffer.concat(chunks), isClosed: () => isClosed };
};

/** Before TLS: bytes of TCP, or none. */
const bare = (at: TestBroker, over: Over): Watched<Socket> => watched(connect(portOf(at, over), '127.0.0.1'));

/** Behind TLS; over wss also behind the handshake of the WebSocket. */
const opened = async (at: TestBroker, over: Over): Promise<Watched<TLSSocket>> => {
  const client = watched(connectTls({ port: portOf(at, over), host: '127.0.0.1', rejectUnauthorized: false }));
  await eventually(() => expect(client.socket.getProtocol()).toMatch(/^TLS/));
  if (over === 'tls') return client;
  client.socket.write(
    'GET /mqtt HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: mqtt\r\n\r\n',
  );
  await eventually(() => expect(client.said().toString('latin1')).toContain('HTTP/1.1 101 '));
  return client;
};

/** As a client has to send it over the listener: in a masked binary frame (mask 0) of a WebSocket, or as it is. */
const wrapped = (over: Over, bytes: Buffer): Buffer => {
  if (over === 'tls') return bytes;
  const length = bytes.length < 126 ? [bytes.length | 0x80] : [126 | 0x80, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), bytes]);
};

/** Received bytes, without the answer to the WebSocket and the heads of its frames, which are short. */
const unwrapped = (over: Over, said: Buffer): Buffer => {
  if (over === 'tls') return said;
  const parts: Buffer[] = [];
  let at = said.indexOf('\r\n\r\n') + 4;
  while (at < said.length) {
    const end = at + 2 + (said[at + 1] ?? 0);
    parts.push(said.subarray(at + 2, end));
    at = end;
  }
  return Buffer.concat(parts);
};

const goodConnect = generate(
  connectPacket({ clientId: 'river-01', username: 'river-01', password: secretOf('river-01') }),
);
const CONNACK = Buffer.from([0x20, 2, 0, 0]);

const isServed = async (at: TestBroker, over: Over): Promise<Watched<TLSSocket>> => {
  const client = await opened(at, over);
  client.socket.write(wrapped(over, goodConnect));
  await eventually(() => expect(unwrapped(over, client.said()).includes(CONNACK)).toBe(true));
  return client;
};

const reasons = ({ log }: TestBroker): unknown[] => log.lines.map(({ fields }) => fields['reason']);

describe.for(LISTENERS)('over %s', (over) => {
  const SOON = { connectTimeout: '700ms' };

  test('a connection that does not begin its TLS handshake is cut', async () => {
    const at = await secure(SOON);
    const silent = bare(at, over);
    await isServed(at, over);
    await eventually(() => expect(silent.isClosed()).toBe(true));
  });

  test('a connection that says nothing behind TLS is cut', async () => {
    const at = await secure(SOON);
    const silent = watched(connectTls({ port: portOf(at, over), host: '127.0.0.1', rejectUnauthorized: false }));
    await eventually(() => expect(silent.socket.getProtocol()).toMatch(/^TLS/));
    await eventually(() => expect(silent.isClosed()).toBe(true));
    await isServed(at, over);
  });

  test('a connection that sends no CONNECT, or a byte of it now and then, is cut', async () => {
    const at = await secure(SOON);
    const silent = await opened(at, over);
    const slow = await opened(at, over);
    let sent = 0;
    await eventually(() => {
      // never its last byte
      sent = Math.min(sent + 1, goodConnect.length - 1);
      if (!slow.isClosed()) slow.socket.write(wrapped(over, goodConnect.subarray(sent - 1, sent)));
      expect([silent.isClosed(), slow.isClosed()]).toEqual([true, true]);
    });
    expect(unwrapped(over, slow.said()).includes(CONNACK)).toBe(false);
  });

  test('connections of one address are counted before TLS', async () => {
    const at = await secure({ limits: { connectionsPerAddress: 2, exemptLoopback: false } });
    const first = bare(at, over);
    await isServed(at, over);
    const third = bare(at, over);
    await eventually(() => expect(third.isClosed()).toBe(true));
    expect(reasons(at)).toContain('connections-per-address');
    expect(first.isClosed()).toBe(false);
  });

  test('new connections of one address are counted before TLS', async () => {
    const limits = { newPerSecondPerAddress: 0.1, newBurst: '20s', exemptLoopback: false };
    const at = await secure({ limits });
    const three = [bare(at, over), bare(at, over), bare(at, over)];
    await eventually(() => expect(three.map(({ isClosed }) => isClosed())).toEqual([false, false, true]));
    expect(reasons(at)).toContain('connection-rate-per-address');
  });

  test('a CONNECT that is too large is cut at its header', async () => {
    const at = await secure();
    const large = await opened(at, over);
    large.socket.write(wrapped(over, Buffer.from([0x10, 0xff, 0xff, 0x7f])));
    await eventually(() => expect(large.isClosed()).toBe(true));
    expect(reasons(at)).toContain('connect-too-large');
  });

  test('a packet that is too large is cut at its header, behind a good CONNECT as well', async () => {
    const at = await secure({ maxPacketBytes: '100KiB' });
    const client = await isServed(at, over);
    client.socket.write(wrapped(over, Buffer.from([0x32, 0xff, 0xff, 0x7f])));
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(reasons(at)).toContain('packet-too-large');
    await isServed(at, over);
  });
});

test('over ws, a connection that says nothing is cut', async () => {
  const at = await testBroker({ connectTimeout: '700ms' });
  const silent = watched(connect(at.broker.wsPort, '127.0.0.1'));
  await eventually(() => expect(silent.isClosed()).toBe(true));
});
