import mqtt, { type MqttClient } from 'mqtt';
import { type Random, createRandom, keyOf } from '#firmware-sim/random.ts';
import { systemClock } from '#model/base/clock.ts';
import { type Duration, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { atEnd } from '#test/support/processes/at-end.ts';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { type LoadMessage, makeLoad } from '#test/support/builders/load.ts';

/** One message as its sender sees it. */
export interface Sent {
  readonly message: LoadMessage;
  isAcknowledged: boolean;
}

export interface SenderOptions {
  readonly port: number;
  /** With their secrets. */
  readonly devices: ReadonlyMap<string, string>;
  readonly seed: number;
  /** Messages of one device that may wait for their acknowledgement. */
  readonly window?: number;
  /** Between two looks at whether there is room in the window. */
  readonly every?: Duration;
  /** Messages that all of them together send in a second, at most; what could not be sent in time is not made up for. */
  readonly rate?: number | undefined;
}

/**
 * Devices that publish with QoS 1 and write down, outside of the processes under test, what was acknowledged. What was
 * not is sent again when the connection is back: by MQTT.js itself, or as new packets, with DUP or without.
 */
export interface Sender {
  readonly sent: readonly Sent[];
  readonly acknowledged: () => number;
  /** Number of times that a connection stayed open although its packets were not acknowledged. */
  readonly unanswered: () => number;
  /** Every device is gone in the middle of a packet, as by a pulled plug, and comes back soon. */
  readonly vanish: () => void;
  /** Ends every connection; safe to call twice. */
  readonly stop: () => void;
  /** Sends no new messages until `resume`; what waits is still sent again. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Pauses, and waits until everything that was ever sent is acknowledged. */
  readonly drain: () => Promise<void>;
}

/** Way in which a device sends packets again that were not acknowledged. */
type Again = 'by the library' | 'as new packets' | 'as new packets with DUP';
const WAYS: readonly Again[] = ['by the library', 'as new packets', 'as new packets with DUP'];

const RECONNECT_MS = 60;
/** A client of the library that gets no acknowledgement for so long is replaced by a new one. */
const PATIENCE = seconds(5);
/** An open connection without an acknowledgement for so long is a fault of the broker, also on a machine with other work. */
const UNANSWERED = minutes(3);

interface DeviceOptions {
  readonly port: number;
  readonly device: string;
  readonly secret: string;
  readonly again: Again;
  readonly window: number;
  readonly random: Random;
  readonly note: (message: LoadMessage) => Sent;
  readonly onUnanswered: () => void;
}

interface Device {
  /** Sends new messages while there is room, at most so many; does nothing while there is no connection. */
  fill(most: number): void;
  /** Its unanswered packets and the state of its connection, for the message of a failed test. */
  describe(): string;
  vanish(): void;
  stop(): void;
}

/** The beginning of a PUBLISH of QoS 1 that says it is 1,000 bytes long. */
const HALF_A_PACKET = Buffer.from([0x32, 0xe8, 0x07, 0x00, 0x12, 0x76, 0x31, 0x2f]);

const startDevice = ({ port, device, secret, again, window, random, note, onUnanswered }: DeviceOptions): Device => {
  const load = makeLoad(device, systemClock.now(), random);
  const waiting = new Set<Sent>();
  const isByLibrary = again === 'by the library';
  let isStopped = false;
  let client: MqttClient;

  let progressAt = systemClock.monotonic();

  const publish = (to: MqttClient, sent: Sent, dup: boolean): void => {
    to.publish(`v1/${device}/readings`, sent.message.payload, { qos: 1, dup }, (error) => {
      // a client that was given up, or a packet that MQTT.js dropped as its connection closed: it still waits
      if (error !== undefined && error !== null) return;
      if (sent.isAcknowledged) return;
      progressAt = systemClock.monotonic();
      sent.isAcknowledged = true;
      waiting.delete(sent);
      load.acknowledged(sent.message);
    });
  };

  const connect = (isFirst: boolean): MqttClient => {
    const made = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      username: device,
      password: secret,
      clientId: device,
      clean: !isByLibrary,
      reconnectPeriod: isByLibrary ? RECONNECT_MS : 0,
      connectTimeout: WAIT.ms,
    });
    progressAt = systemClock.monotonic();
    made.on('error', () => undefined);
    const sendAgain = (): void => {
      for (const sent of waiting) publish(made, sent, again === 'as new packets with DUP');
    };
    if (isByLibrary) {
      if (!isFirst) made.once('connect', sendAgain);
      return made;
    }
    made.on('connect', sendAgain);
    made.on('close', () => {
      made.end(true);
      systemClock.after(milliseconds(RECONNECT_MS), () => {
        if (!isStopped && client === made) client = connect(false);
      });
    });
    return made;
  };

  // the library can lose its reconnect timer, and a packet that it could not write: then a new client takes over
  const watching = systemClock.every(seconds(1), () => {
    const stuck = client;
    const mustAnswer = stuck.connected && !isByLibrary;
    if (waiting.size === 0) progressAt = systemClock.monotonic();
    if (systemClock.monotonic() - progressAt < (mustAnswer ? UNANSWERED : PATIENCE).ms) return;
    if (mustAnswer) onUnanswered();
    client = connect(false);
    stuck.end(true);
  });

  client = connect(true);
  return {
    fill: (most) => {
      for (let i = 0; i < most && client.connected && waiting.size < window; i += 1) {
        const sent = note(load.next());
        waiting.add(sent);
        publish(client, sent, false);
      }
    },
    describe: () => {
      const state = client.connected ? 'connected' : client.reconnecting ? 'reconnecting' : 'not connected';
      return `${device} (${again}, ${state}) for ${waiting.size}`;
    },
    vanish: () => {
      if (!client.connected) return;
      client.stream.write(HALF_A_PACKET);
      client.stream.destroy();
    },
    stop: () => {
      isStopped = true;
      watching.stop();
      client.end(true);
    },
  };
};

/** Messages that each of so many devices may send since the last call; at most those of a tenth of a second. */
const makeAllowance = (rate: number | undefined, devices: number): (() => number) => {
  if (rate === undefined) return () => Number.POSITIVE_INFINITY;
  let at = systemClock.monotonic();
  let saved = 0;
  return () => {
    const now = systemClock.monotonic();
    const perDevice = rate / devices / 1_000;
    saved = Math.min(saved + (now - at) * perDevice, Math.max(1, 100 * perDevice));
    at = now;
    const whole = Math.floor(saved);
    saved -= whole;
    return whole;
  };
};

/** Starts to send at once; ends with the running test. */
export const startSender = (options: SenderOptions): Sender => {
  const { port, window = 8, every = milliseconds(10) } = options;
  const sent: Sent[] = [];
  let acknowledged = 0;
  let unanswered = 0;
  let isPaused = false;
  const onUnanswered = (): void => {
    unanswered += 1;
  };

  const note = (message: LoadMessage): Sent => {
    let isAcknowledged = false;
    const one: Sent = {
      message,
      get isAcknowledged() {
        return isAcknowledged;
      },
      set isAcknowledged(value) {
        if (value && !isAcknowledged) acknowledged += 1;
        isAcknowledged = value;
      },
    };
    sent.push(one);
    return one;
  };

  const devices = [...options.devices].map(([device, secret], index) => {
    const random = createRandom(keyOf(options.seed, device));
    const again = WAYS[index % WAYS.length] ?? 'by the library';
    return startDevice({ port, device, secret, again, window, random, note, onUnanswered });
  });
  const allowance = makeAllowance(options.rate, devices.length);
  const filling = systemClock.every(every, () => {
    const most = allowance();
    if (!isPaused) for (const device of devices) device.fill(most);
  });
  const stop = (): void => {
    filling.stop();
    for (const device of devices) device.stop();
  };
  atEnd(stop);

  return {
    sent,
    acknowledged: () => acknowledged,
    unanswered: () => unanswered,
    vanish: () => {
      for (const device of devices) device.vanish();
    },
    stop,
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    drain: () => {
      isPaused = true;
      return eventually(() => {
        if (acknowledged === sent.length) return;
        throw new Error(`waiting for PUBACKs: ${devices.map((device) => device.describe()).join(', ')}`);
      });
    },
  };
};
