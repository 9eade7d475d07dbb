import { connect } from 'node:net';
import { generate } from 'mqtt-packet';
import { AnswerReader } from './load/answers.ts';
import { encodePublish } from './load/publishes.ts';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds, minutes } from '#model/base/duration.ts';

const RETRY_AFTER = milliseconds(20);
const TIMEOUT = minutes(2);
const PAYLOAD = '{"values":{"pm2_5":38.5}}';

export interface Probe {
  readonly port: number;
  readonly id: string;
  readonly username: string;
  readonly password: string;
  /** A reading without a time by default. */
  readonly payload?: string;
}

/** Sends CONNECT and PUBLISH in one write; true after the PUBACK. */
const attempt = ({ port, id, username, password, payload = PAYLOAD }: Probe): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const answers = new AnswerReader({
      connack: () => undefined,
      puback: () => {
        resolve(true);
        socket.destroy();
      },
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(false));
    socket.on('data', (chunk) => answers.read(chunk, chunk.length));
    socket.on('connect', () => {
      const hello = generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId: id,
        keepalive: 60,
        username,
        password: Buffer.from(password),
      });
      socket.write(Buffer.concat([hello, encodePublish(id, payload, 1)]));
    });
  });

/** Connects and publishes until the first PUBACK. */
export const firstAcknowledgement = async (probe: Probe, clock: Clock): Promise<void> => {
  const began = clock.monotonic();
  while (!(await attempt(probe))) {
    if (clock.monotonic() - began > TIMEOUT.ms) throw new Error('the broker does not acknowledge');
    await clock.sleep(RETRY_AFTER);
  }
};
