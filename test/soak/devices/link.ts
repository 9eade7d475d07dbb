import { connect, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { atEnd } from '#test/support/processes/at-end.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';

/** A registered device, as its firmware knows it. */
export interface Login {
  readonly port: number;
  readonly url: string;
  readonly device: string;
  readonly secret: string;
}

/** Way in which firmware sends a packet again that was not acknowledged. */
export type Again =
  /** With the same packet id and DUP, in a session that is kept. */
  | 'in its session'
  /** As another packet, without DUP, in a clean session. */
  | 'as a new packet';

export interface LinkOptions {
  readonly again: Again;
  /** DUP is set on the first sending too. */
  readonly isDupFirst?: boolean;
}

/** A connection of firmware that publishes with QoS 1, byte by byte, and comes back when it is lost. */
export interface Link {
  /** Resolves when the broker has acknowledged the payload. */
  send(payload: string): Promise<void>;
  /** Ends the connection without a word, and comes back: a restart of the device. */
  reboot(): void;
  stop(): void;
}

const COME_BACK = milliseconds(50);
const MOST_IDS = 65_535;

interface Waiting {
  readonly payload: string;
  messageId: number;
  readonly acknowledged: () => void;
}

/** A link of a device; it ends with the running test. */
export const startLink = ({ port, device, secret }: Login, { again, isDupFirst = false }: LinkOptions): Link => {
  const isKept = again === 'in its session';
  let waiting: Waiting[] = [];
  let lastId = 0;
  let socket: Socket | undefined;
  let isUp = false;
  let isStopped = false;

  const nextId = (): number => (lastId = (lastId % MOST_IDS) + 1);

  const publish = ({ payload, messageId }: Waiting, dup: boolean): void =>
    void socket?.write(generate(publishPacket(`v1/${device}/readings`, payload, { qos: 1, messageId, dup })));

  const accepted = (): void => {
    isUp = true;
    for (const each of waiting) {
      if (!isKept) each.messageId = nextId();
      publish(each, isKept || isDupFirst);
    }
  };

  const received = (packet: Packet): void => {
    if (packet.cmd === 'connack') {
      if (packet.returnCode === 0) accepted();
      else socket?.destroy();
    }
    if (packet.cmd !== 'puback') return;
    const done = waiting.find(({ messageId }) => messageId === packet.messageId);
    waiting = waiting.filter((each) => each !== done);
    done?.acknowledged();
  };

  const open = (): void => {
    if (isStopped) return;
    const incoming = parser();
    const made = connect({ port, host: '127.0.0.1', noDelay: true });
    socket = made;
    incoming.on('packet', received);
    made.on('data', (chunk) => void incoming.parse(chunk));
    made.on('error', () => undefined);
    made.on('close', () => {
      isUp = false;
      systemClock.after(COME_BACK, open);
    });
    made.on('connect', () => {
      made.write(generate(connectPacket({ clientId: device, username: device, password: secret, clean: !isKept })));
    });
  };

  const stop = (): void => {
    isStopped = true;
    socket?.destroy();
  };
  atEnd(stop);
  open();
  return {
    send: (payload) =>
      new Promise((resolve) => {
        const sent = { payload, messageId: nextId(), acknowledged: resolve };
        waiting.push(sent);
        if (isUp) publish(sent, isDupFirst);
      }),
    reboot: () => void socket?.destroy(),
    stop,
  };
};
