import { gzipSync } from 'node:zlib';
import { generate } from 'mqtt-packet';
import type { Random } from '#firmware-sim/random.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import { oneShot } from '#test/support/clients/one-shot.ts';
import { connectPacket, publishPacket } from '#test/support/clients/raw-mqtt.ts';
import type { Draft, Firmware, Message } from './firmware.ts';
import { type Login, startLink } from './link.ts';
import type { SentReading } from './sent-readings.ts';

/** A reading gets its arrival within this time after its acknowledgement, with the milliseconds that are taken before it. */
const ARRIVAL_SLACK = milliseconds(100);

/** A device with its firmware, and what it has sent. */
export interface Box {
  readonly device: string;
  readonly firmware: Firmware;
  /** Messages of it, each sent at least once. */
  messages(): number;
  /** Messages that are acknowledged; for one-shot publishes, those whose connection is closed. */
  acknowledged(): number;
  readonly sent: readonly SentReading[];
  /** Readings that were sent in a form that must be refused, and the payloads that hold them. */
  refused(): number;
  readonly refusedPayloads: readonly string[];
  /** Sends one message. Resolves when it is acknowledged; for a one-shot publish, when the connection is closed. */
  play(): Promise<void>;
  /** The one-shot publishes so far have all arrived by now. */
  arrived(): void;
  reboot(): void;
  stop(): void;
}

/** Way to the service: sends a payload until it is acknowledged. */
interface Way {
  send(payload: string): Promise<void>;
  reboot(): void;
  stop(): void;
}

const NOTHING = (): void => undefined;

/** Sends over a new connection that it closes at once, without an answer to its publish. */
const byOneShot = ({ port, device, secret }: Login, qos: 0 | 1, random: Random): Way => {
  let messageId = 0;
  return {
    send: async (payload) => {
      messageId += 1;
      // with one client id for all, a connection would close the one before, which the broker may not have read yet
      const clientId = `${device}.${messageId}`;
      const hello = connectPacket({ clientId, username: device, password: secret });
      const reading = publishPacket(`v1/${device}/readings`, payload, { qos, messageId });
      const bytes = Buffer.concat([generate(hello), generate(reading)]);
      const leaving = random.chance(0.5) ? 'close' : 'half-close';
      const shot = oneShot({ mqttPort: port }, { way: 'TCP', leaving, bytes });
      await eventually(() => {
        if (!shot.isClosed()) throw new Error(`a connection of ${device} is still open`);
      });
    },
    reboot: NOTHING,
    stop: NOTHING,
  };
};

/** Posts compressed bodies with HTTP Basic, each until it is accepted. */
const byPost = ({ url, device, secret }: Login): Way => {
  let isStopped = false;
  const post = async (body: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const headers = {
      authorization: `Basic ${Buffer.from(`${device}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    };
    try {
      const { status } = await fetch(`${url}/v1/devices/${device}/readings`, { method: 'POST', headers, body });
      return status === 202;
    } catch {
      return false;
    }
  };
  return {
    send: async (payload) => {
      const body = Uint8Array.from(gzipSync(payload));
      await eventually(async () => {
        if (!isStopped && !(await post(body))) throw new Error(`a post of ${device} is not accepted`);
      });
    },
    reboot: NOTHING,
    stop: () => {
      isStopped = true;
    },
  };
};

const wayOf = (login: Login, { way }: Firmware, random: Random): Way => {
  if (way === 'post') return byPost(login);
  return 'oneShot' in way ? byOneShot(login, way.oneShot, random) : startLink(login, way);
};

const isOneShot = ({ way }: Firmware): boolean => way !== 'post' && 'oneShot' in way;

/** A reading that was sent at a time, and whose acknowledgement was there at another. */
const sentOf = (device: string, { property, value, said }: Draft, from: number, to: number): SentReading => {
  const reading = { device, property, value };
  if (said === undefined) return { ...reading, from, to: to + ARRIVAL_SLACK.ms };
  return { ...reading, from: said.time - said.resolution, to: said.time + said.resolution };
};

export const startBox = (login: Login, firmware: Firmware, random: Random): Box => {
  const { device } = login;
  const program = firmware.begin(random);
  const way = wayOf(login, firmware, random);
  const sent: SentReading[] = [];
  let onTheirWay: { readonly message: Message; readonly from: number }[] = [];
  let messages = 0;
  let acknowledged = 0;
  let refused = 0;
  const refusedPayloads: string[] = [];

  const note = ({ readings }: Message, from: number): void => {
    const to = systemClock.now();
    for (const draft of readings) sent.push(sentOf(device, draft, from, to));
  };

  return {
    device,
    firmware,
    messages: () => messages,
    acknowledged: () => acknowledged,
    sent,
    refused: () => refused,
    refusedPayloads,
    play: async () => {
      const from = systemClock.now();
      const message = program.next(from);
      messages += 1;
      refused += message.refused ?? 0;
      if (message.refused !== undefined) refusedPayloads.push(message.payload);
      await way.send(message.payload);
      acknowledged += 1;
      if (isOneShot(firmware)) onTheirWay.push({ message, from });
      else note(message, from);
    },
    arrived: () => {
      for (const { message, from } of onTheirWay) note(message, from);
      onTheirWay = [];
    },
    reboot: () => {
      program.reboot();
      way.reboot();
    },
    stop: way.stop,
  };
};
