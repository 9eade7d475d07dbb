import { type Socket, connect } from 'node:net';
import { type Packet, generate } from 'mqtt-packet';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Account } from './service.ts';

/** New hostile connections at each turn, and the span between turns: 400 in a second. */
const AT_ONCE = 20;
const TURN = milliseconds(50);

/** What the hostile ones open at a time at most, so that this process does not run out of files. */
const OPEN = 600;

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

/** PUBLISH that announces a megabyte, of which a kilobyte comes. */
const HALF_A_PACKET = Buffer.concat([Buffer.from([0x32, 0xf0, 0xff, 0x3f]), Buffer.alloc(1_024)]);
/** PUBLISH that announces more than anyone may send. */
const TOO_LARGE = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]);

/** What can be said to the broker, in turn: wrong secrets, nonsense, half packets, nothing at all. */
const attacksOf = ({ id, password }: Account): readonly Buffer[] => [
  connectOf(id, 'wrong'),
  connectOf('__proto__', 'wrong'),
  Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]),
  Buffer.concat([connectOf(`${id}.half`, password), HALF_A_PACKET]),
  Buffer.concat([connectOf(`${id}.large`, password), TOO_LARGE]),
  connectOf(id, 'cut').subarray(0, 9),
  Buffer.alloc(0),
];

/** Those who mean harm. */
export interface Hostility {
  /** Connections made so far. */
  readonly made: () => number;
  stop(): void;
}

/**
 * Opens connections without end and says on each what no device would. One that was not closed by the broker is
 * dropped when there are too many.
 * @param account a device of its own: hostile ones may have a good secret
 */
export const startHostility = (port: number, account: Account, clock: Clock): Hostility => {
  const attacks = attacksOf(account);
  const open = new Set<Socket>();
  let made = 0;
  const attack = (): void => {
    const [oldest] = open;
    if (open.size >= OPEN) oldest?.destroy();
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.resume().write(attacks[made % attacks.length] ?? '');
    made += 1;
  };
  const turns = clock.every(TURN, () => {
    for (let i = 0; i < AT_ONCE; i += 1) attack();
  });
  return {
    made: () => made,
    stop: () => {
      turns.stop();
      for (const socket of open) socket.destroy();
    },
  };
};
