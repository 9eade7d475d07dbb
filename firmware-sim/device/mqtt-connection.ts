import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Secret } from '#model/base/secret.ts';
import { buildTopic } from '#model/readings/topic.ts';

/** One connection of a device to its broker, from CONNECT to its end. A device makes a new one each time. */
export interface MqttConnection {
  /** Publishes readings with QoS 1; resolves true after the PUBACK, false when the connection ended before. */
  publish(payload: Uint8Array): Promise<boolean>;
  /** Answers a command with QoS 1. */
  reply(command: string, payload: string): Promise<boolean>;
  /** Publishes `offline` and disconnects, so that the will is not sent; cuts the connection when the signal is raised before. */
  close(signal: AbortSignal): Promise<void>;
  /** Ends it without a DISCONNECT: the broker sends the will. */
  cut(): void;
}

export interface MqttConnectionOptions {
  readonly url: string;
  readonly device: string;
  readonly secret: Secret;
}

export interface MqttConnectionEvents {
  /** The broker accepted the device, and the birth is on its way. */
  onUp(): void;
  /** The broker sent a config or a command. */
  onMessage(topic: string, payload: Uint8Array): void;
  /**
   * The connection ended or never came about; called once.
   * @param isRefused the broker answered, and said no (MQTT 3.1.1, table 3.1, codes 1 to 5)
   */
  onDown(reason: string, isRefused: boolean): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 60;

/**
 * MQTT.js must not keep or resend anything: the device's own buffer does, and it counts. So no reconnect and no queue.
 * The session is kept: commands that come while the device is away wait for it at the broker.
 */
const optionsOf = ({ device, secret }: MqttConnectionOptions, status: string): IClientOptions => ({
  protocolVersion: 4,
  clientId: device,
  username: device,
  password: secret.reveal(),
  clean: false,
  keepalive: KEEPALIVE_SECONDS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  reconnectPeriod: 0,
  queueQoSZero: false,
  resubscribe: false,
  will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true },
});

/** Each time anew, although the session may be there: so a config that was set meanwhile comes as well. */
const listen = (client: MqttClient, device: string): void => {
  const filters = [buildTopic({ kind: 'config', device }), buildTopic({ kind: 'command', device, id: '+' })];
  // a broker that refuses has said so in its log, and the readings go on
  client.subscribe(filters, { qos: 1 }, () => undefined);
};

/** Starts to connect. Errors are not thrown but reported to `onDown`. */
export const openMqttConnection = (options: MqttConnectionOptions, events: MqttConnectionEvents): MqttConnection => {
  const { device } = options;
  const status = buildTopic({ kind: 'status', device });
  const readings = buildTopic({ kind: 'readings', device, codec: undefined });
  const client = connect(options.url, optionsOf(options, status));
  const open = new Set<(isAcknowledged: boolean) => void>();
  let reason = 'the connection was closed';
  let isRefused = false;
  let isDown = false;
  // MQTT.js leaves callbacks uncalled when a connection ends, so its end answers them too
  const say = (topic: string, payload: Buffer, retain: boolean): Promise<boolean> =>
    new Promise((resolve) => {
      if (isDown) {
        resolve(false);
        return;
      }
      open.add(resolve);
      client.publish(topic, payload, { qos: 1, retain }, (error) => {
        open.delete(resolve);
        resolve(error === undefined || error === null);
      });
    });

  const cut = (): void => {
    client.end(true);
    // an end under way makes the line above do nothing
    client.stream.destroy();
  };

  client.on('connect', () => {
    void say(status, Buffer.from('online'), true);
    listen(client, device);
    events.onUp();
  });
  client.on('message', (topic, payload) => events.onMessage(topic, payload));
  client.on('error', (error) => {
    reason = error.message === '' ? error.name : error.message;
    // system errors carry a text as their code, refusals the CONNACK's number
    isRefused = 'code' in error && typeof error.code === 'number' && error.code <= 5;
  });
  client.on('close', () => {
    if (isDown) return;
    isDown = true;
    for (const resolve of open) resolve(false);
    client.end(true);
    events.onDown(reason, isRefused);
  });

  return {
    publish: (payload) => say(readings, Buffer.from(payload), false),
    reply: (command, payload) => say(buildTopic({ kind: 'reply', device, id: command }), Buffer.from(payload), false),
    cut,
    close: async (signal) => {
      signal.addEventListener('abort', cut, { once: true });
      await say(status, Buffer.from('offline'), true);
      // with a force, MQTT.js would leave out the DISCONNECT
      if (!isDown && !signal.aborted) client.end();
    },
  };
};
