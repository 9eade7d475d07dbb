import { type Socket, connect } from 'node:net';
import { type Packet, generate, parser } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import { eventually } from '#test/support/eventually.ts';

/** An MQTT client that says exactly what a test tells it to, byte by byte, and notes what comes back. */
export interface RawMqtt {
  readonly socket: Socket;
  readonly received: readonly Packet[];
  send(packet: Packet): void;
  write(bytes: Uint8Array): void;
  isClosed(): boolean;
  /** Waits until packets of this kind have come, and gives them. */
  expect(cmd: Packet['cmd'], count?: number): Promise<Packet[]>;
  closed(): Promise<void>;
}

export interface RawConnect {
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly clean?: boolean;
  readonly protocolVersion?: 4 | 5;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos?: 0 | 1 | 2;
    readonly retain?: boolean;
  };
}

export const rawMqtt = (port: number): RawMqtt => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Packet[] = [];
  const incoming = parser();
  let isClosed = false;
  incoming.on('packet', (packet: Packet) => received.push(packet));
  socket.on('data', (chunk) => incoming.parse(chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  onTestFinished(() => void socket.destroy());

  const expect: RawMqtt['expect'] = (cmd, count = 1) =>
    eventually(() => {
      const found = received.filter((packet) => packet.cmd === cmd);
      if (found.length < count) throw new Error(`${found.length} of ${count} ${cmd} so far`);
      return found;
    });

  return {
    socket,
    received,
    send: (packet) => void socket.write(generate(packet)),
    write: (bytes) => void socket.write(bytes),
    isClosed: () => isClosed,
    expect,
    closed: () =>
      eventually(() => {
        if (!isClosed) throw new Error('the connection is still open');
      }),
  };
};

export const connectPacket = ({
  clientId = '',
  username,
  password,
  clean = true,
  protocolVersion = 4,
  will,
}: RawConnect): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion,
  clean,
  clientId,
  keepalive: 60,
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password: Buffer.from(password) }),
  ...(will === undefined ? {} : { will: { qos: 0, retain: false, ...will } }),
});

export const publishPacket = (
  topic: string,
  payload: string | Buffer,
  rest: { qos?: 0 | 1 | 2; messageId?: number; dup?: boolean; retain?: boolean } = {},
): Packet => ({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false, ...rest });
