import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import mqtt5 from 'mqtt';
import * as mqtt4 from 'mqtt4';
import Paho from 'paho-mqtt';
import { onTestFinished } from 'vitest';

/** A device as one of the programs and libraries that devices use connects it. */
export interface Peer {
  publish(topic: string, payload: string, qos: 0 | 1 | 2): Promise<void>;
  /** Returns when the subscription stands or is on its way. */
  subscribe(filters: readonly string[]): Promise<void>;
  /** `topic payload`, and ` retained` behind it where the flag says so. */
  readonly seen: readonly string[];
  /** A program that has no session without its subscriptions, and makes them at every start. */
  readonly isSubscribingAgain: boolean;
  /** Goes with a DISCONNECT, or as the program ends by itself; its session stays. */
  leave(): Promise<void>;
}

export interface PeerOptions {
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly device: string;
  readonly secret: string;
}

/** Connects with a session that is to be kept. @throws Error when the broker refuses */
export type ConnectPeer = (options: PeerOptions) => Promise<Peer>;

const run = promisify(execFile);

const line = (topic: string, payload: string, isRetained: boolean): string =>
  `${topic} ${payload}${isRetained ? ' retained' : ''}`;

const byMqttJs5: ConnectPeer = async ({ mqttPort, device, secret }) => {
  const client = await mqtt5.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    username: device,
    password: secret,
    clientId: device,
    clean: false,
    reconnectPeriod: 0,
  });
  onTestFinished(() => client.endAsync(true));
  const seen: string[] = [];
  client.on('message', (topic, payload, { retain }) => seen.push(line(topic, payload.toString(), retain)));
  return {
    seen,
    isSubscribingAgain: false,
    publish: async (topic, payload, qos) => void (await client.publishAsync(topic, payload, { qos })),
    subscribe: async (filters) => void (await client.subscribeAsync([...filters], { qos: 1 })),
    leave: () => client.endAsync(),
  };
};

const byMqttJs4: ConnectPeer = async ({ mqttPort, device, secret }) => {
  const client = mqtt4.connect(`mqtt://127.0.0.1:${mqttPort}`, {
    username: device,
    password: secret,
    clientId: device,
    clean: false,
    reconnectPeriod: 0,
  });
  onTestFinished(() => void client.end(true));
  const seen: string[] = [];
  client.on('message', (topic, payload, { retain }) => seen.push(line(topic, payload.toString(), retain)));
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
  });
  const answered = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  return {
    seen,
    isSubscribingAgain: false,
    publish: (topic, payload, qos) => answered((done) => client.publish(topic, payload, { qos }, done)),
    subscribe: (filters) => answered((done) => client.subscribe([...filters], { qos: 1 }, done)),
    leave: () => answered((done) => client.end(false, {}, done)),
  };
};

/** Over WebSocket, as in a browser. */
const byPaho: ConnectPeer = async ({ wsPort, device, secret }) => {
  const client = new Paho.Client('127.0.0.1', wsPort, '/mqtt', device);
  const seen: string[] = [];
  const sent = new Map<Paho.Message, () => void>();
  client.onMessageArrived = ({ destinationName, payloadString, retained }) => {
    seen.push(line(destinationName, payloadString, retained));
  };
  client.onMessageDelivered = (message) => sent.get(message)?.();
  await new Promise<void>((resolve, reject) => {
    client.connect({
      userName: device,
      password: secret,
      cleanSession: false,
      mqttVersion: 4,
      timeout: 5,
      onSuccess: () => resolve(),
      onFailure: ({ errorMessage }) => reject(new Error(errorMessage)),
    });
  });
  onTestFinished(() => {
    if (client.isConnected()) client.disconnect();
  });
  return {
    seen,
    isSubscribingAgain: false,
    publish: (topic, payload, qos) =>
      new Promise((resolve) => {
        const message = new Paho.Message(payload);
        message.destinationName = topic;
        message.qos = qos;
        sent.set(message, resolve);
        client.send(message);
      }),
    subscribe: async (filters) => {
      const all = filters.map(
        (filter) =>
          new Promise<void>((resolve, reject) => {
            const onFailure = (): void => reject(new Error(`${filter} was refused`));
            client.subscribe(filter, { qos: 1, onSuccess: () => resolve(), onFailure });
          }),
      );
      await Promise.all(all);
    },
    leave: () =>
      new Promise((resolve) => {
        client.onConnectionLost = () => resolve();
        client.disconnect();
      }),
  };
};

/** `mosquitto_pub` for each message, under a client id of its own, and `mosquitto_sub` for what is subscribed. */
const byMosquitto: ConnectPeer = async ({ mqttPort, device, secret }) => {
  const login = ['-V', 'mqttv311', '-h', '127.0.0.1', '-p', String(mqttPort), '-u', device, '-P', secret];
  const publish: Peer['publish'] = async (topic, payload, qos) => {
    await run('mosquitto_pub', [...login, '-i', `${device}.pub`, '-t', topic, '-m', payload, '-q', String(qos)]);
  };
  // it has no way to connect alone: a birth shows whether it may
  await publish(`v1/${device}/status`, 'online', 1);
  const seen: string[] = [];
  let leave = async (): Promise<void> => undefined;
  return {
    seen,
    isSubscribingAgain: true,
    publish,
    subscribe: async (filters) => {
      const wanted = filters.flatMap((filter) => ['-t', filter]);
      const child = spawn('mosquitto_sub', [...login, '-i', device, '-c', '-q', '1', '-F', '%r %t %p', ...wanted]);
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      leave = () => {
        child.kill('SIGTERM');
        return ended;
      };
      onTestFinished(leave);
      let rest = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const each of lines) {
          const [flag, topic = '', ...payload] = each.split(' ');
          seen.push(line(topic, payload.join(' '), flag === '1'));
        }
      });
    },
    leave: () => leave(),
  };
};

export const PEERS: readonly (readonly [name: string, connect: ConnectPeer])[] = [
  ['mosquitto_pub and mosquitto_sub', byMosquitto],
  ['MQTT.js 5', byMqttJs5],
  ['MQTT.js 4', byMqttJs4],
  ['Paho for browsers, over WebSocket', byPaho],
];
