import { type Socket, connect } from 'node:net';
import { type Packet, generate } from 'mqtt-packet';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Account } from './service/service.ts';

/** New connections in each interval: 400 per second. */
const PER_INTERVAL = 20;
const INTERVAL = milliseconds(50);

/** Largest number of open connections, so that this process does not run out of files. */
const MAX_OPEN = 600;

const connectOf = (id: string, password: string): Buffer => {
  const packet: Packet = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: id,
    keepalive: 60,
    username: id,
    password: Buffer.from(password),
  };
  return generate(packet);
};

/** A PUBLISH that declares a megabyte and contains a kilobyte. */
const HALF_A_PACKET = Buffer.concat([Buffer.from([0x32, 0xf0, 0xff, 0x3f]), Buffer.alloc(1_024)]);
/** A PUBLISH that declares more bytes than the limit. */
const TOO_LARGE = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]);

/** Hostile data in rotation: wrong secrets, random bytes, half packets, silence. */
const attacksOf = ({ id, password }: Account): readonly Buffer[] => [
  connectOf(id, 'wrong'),
  connectOf('__proto__', 'wrong'),
  Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]),
  Buffer.concat([connectOf(`${id}.half`, password), HALF_A_PACKET]),
  Buffer.concat([connectOf(`${id}.large`, password), TOO_LARGE]),
  connectOf(id, 'cut').subarray(0, 9),
  Buffer.alloc(0),
];

/** Running hostile traffic. */
export interface HostileTraffic {
  /** Number of connections so far. */
  readonly made: () => number;
  stop(): void;
}

/**
 * Opens connections continuously and sends hostile data on each. The oldest connection is closed when too many are open.
 * @param account a device of its own: a hostile client may have a valid secret
 */
export const startHostileTraffic = (port: number, account: Account, clock: Clock): HostileTraffic => {
  const attacks = attacksOf(account);
  const open = new Set<Socket>();
  let made = 0;
  const attack = (): void => {
    const [oldest] = open;
    if (open.size >= MAX_OPEN) oldest?.destroy();
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.resume().write(attacks[made % attacks.length] ?? '');
    made += 1;
  };
  const turns = clock.every(INTERVAL, () => {
    for (let i = 0; i < PER_INTERVAL; i += 1) attack();
  });
  return {
    made: () => made,
    stop: () => {
      turns.stop();
      for (const socket of open) socket.destroy();
    },
  };
};
