import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { Secret } from '#model/base/secret.ts';
import { type Broker, startBroker } from '#broker/main.ts';
import type { Disk } from '#broker/sessions/disk.ts';
import { BrokerSettings } from '#broker/settings.ts';
import { type MemoryCredentials, memoryCredentials } from '#test/support/fakes/memory-credentials.ts';
import { type MemoryJournal, memoryJournal } from '#test/support/fakes/memory-journal.ts';
import { type RawConnect, type RawMqtt, connectPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { type SilentLog, silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export const OPERATOR_TOKEN = 'the-operator-token';

/** A real broker on free ports with a journal in memory. Every device's secret is `secret-of-<device>`. */
export interface TestBroker {
  readonly broker: Broker;
  readonly journal: MemoryJournal;
  readonly credentials: MemoryCredentials;
  readonly log: SilentLog;
  /** An MQTT.js client of a device, connected. It does not come back when it is cut. */
  readonly client: (device: string, options?: IClientOptions) => Promise<MqttClient>;
  /** The same byte by byte. */
  readonly raw: (device: string, options?: RawConnect) => Promise<RawMqtt>;
}

export const secretOf = (device: string): string => `secret-of-${device}`;

export const testBroker = async (
  settings: Readonly<Record<string, unknown>> = {},
  devices: readonly string[] = ['river-01', 'air-07'],
  disk?: Disk,
  pagePorts: readonly number[] = [],
): Promise<TestBroker> => {
  const journal = memoryJournal();
  const credentials = memoryCredentials(Object.fromEntries(devices.map((device) => [device, secretOf(device)])));
  const log = silentLog();
  const parsed = BrokerSettings.parse({ mqttPort: 0, wsPort: 0, tlsPort: 0, wssPort: 0, ...settings });
  const broker = await startBroker(parsed, {
    clock: systemClock,
    log,
    journal,
    credentials,
    socketPath: join(tempFolder(), 'broker.sock'),
    operatorToken: new Secret(OPERATOR_TOKEN),
    pagePorts,
    ...(disk === undefined ? {} : { disk }),
  });
  onTestFinished(() => broker.stop());

  const client: TestBroker['client'] = async (device, options = {}) => {
    const connected = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.mqttPort}`, {
      username: device,
      password: secretOf(device),
      clientId: device,
      reconnectPeriod: 0,
      ...options,
    });
    connected.on('error', () => undefined);
    onTestFinished(() => connected.endAsync(true));
    return connected;
  };

  const raw: TestBroker['raw'] = async (device, options = {}) => {
    const opened = rawMqtt(broker.mqttPort);
    opened.send(connectPacket({ clientId: device, username: device, password: secretOf(device), ...options }));
    await opened.expect('connack');
    return opened;
  };

  return { broker, journal, credentials, log, client, raw };
};
