import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Client, makeClient } from '#cli/client.ts';
import { Secret } from '#model/base/secret.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { type PartProcess, startPart } from './node-process.ts';

const DEVICES_A_REQUEST = 1_000;
/** Prefixes of names, which stay below 64 characters with their number. */
const STATION = 'BENCH';
const DEVICE = 'bench';

const Secrets = z.object({ devices: z.array(z.object({ device: z.string(), secret: z.string() })) });

/** A registered device with its credentials. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** Broker and ingest as processes with one data folder, with default settings except the ports. */
export interface Service {
  readonly folder: string;
  readonly mqttPort: number;
  readonly broker: PartProcess;
  /** Client of the API, while ingest runs. */
  readonly client: Client;
  readonly ingest: PartProcess | undefined;
  startBroker(): Promise<void>;
  startIngest(): Promise<void>;
  stopIngest(): Promise<void>;
  /** Registers stations of the air family, and devices that are distributed over them in rotation. */
  register(devices: number, stations: number): Promise<readonly Account[]>;
  /** The station of a device, by the index of the device. */
  stationOf(device: number): string;
  /** Metrics of both processes by name and labels, from `/metrics`. */
  figures(): Promise<ReadonlyMap<string, number>>;
  warnings(): readonly string[];
  /** Stops both and deletes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Folder on the disk to measure. */
  readonly on: string;
  readonly store: Readonly<Record<string, string>>;
  readonly profile?: string | undefined;
  /** Folder for the delays of the event loops, one file for each process. */
  readonly loops?: string | undefined;
}

/** The broker has the same port after a restart; the other ports are free. */
const portsOf = (mqttPort: number) => ({
  KLAWING_MQTT_PORT: String(mqttPort),
  KLAWING_WS_PORT: '0',
  KLAWING_HTTP_PORT: '0',
});

const parseFigures = (text: string): ReadonlyMap<string, number> => {
  const figures = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(klawing_\S+) (\S+)$/.exec(line);
    if (match?.[1] !== undefined) figures.set(match[1], Number(match[2]));
  }
  return figures;
};

const warningsOf = (part: PartProcess | undefined, name: string): readonly string[] =>
  [...(part?.warnings ?? [])].map(([message, count]) => `${name} warned ${count} × "${message}"`);

const stationName = (number: number): string => `${STATION}-${number}`;

const deviceBody = (number: number, stations: number) => ({
  id: `${DEVICE}-${number}`,
  station: stationName(number % stations),
});

const register = async (client: Client, devices: number, stations: number): Promise<readonly Account[]> => {
  const list = Array.from({ length: stations }, (_, i) => ({
    id: stationName(i),
    family: 'air',
    name: `Bench ${i}`,
    lat: -7.4,
    lon: 109.4,
  }));
  await client.post('/v1/registry/apply', { stations: list }, z.unknown());
  const accounts: Account[] = [];
  for (let from = 0; from < devices; from += DEVICES_A_REQUEST) {
    const length = Math.min(DEVICES_A_REQUEST, devices - from);
    const body = { devices: Array.from({ length }, (_, i) => deviceBody(from + i, stations)) };
    const answer = await client.post('/v1/devices/batch', body, Secrets);
    accounts.push(...answer.devices.map(({ device, secret }) => ({ id: device, username: device, password: secret })));
  }
  return accounts;
};

export const startService = async ({ on, store, profile, loops }: ServiceOptions): Promise<Service> => {
  mkdirSync(on, { recursive: true });
  const folder = mkdtempSync(join(on, 'klawing-bench-'));
  const mqttPort = await freePort();
  const start = (part: 'broker' | 'ingest'): Promise<PartProcess> =>
    startPart({ part, folder, env: { ...portsOf(mqttPort), ...store }, profile, loops });
  let broker = await start('broker').catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  let ingest: PartProcess | undefined;
  let client: Client | undefined;
  let stationCount = 1;

  const theClient = (): Client => {
    if (client === undefined) throw new Error('ingest was never started');
    return client;
  };
  const service: Service = {
    folder,
    mqttPort,
    get broker() {
      return broker;
    },
    get client() {
      return theClient();
    },
    get ingest() {
      return ingest;
    },
    startBroker: async () => {
      broker = await start('broker');
    },
    startIngest: async () => {
      ingest = await start('ingest');
      const token = new Secret(readFileSync(join(folder, 'operator.token'), 'utf8').trim());
      client = makeClient(z.string().parse(ingest.ready['url']), token);
    },
    stopIngest: async () => {
      await ingest?.stop();
      ingest = undefined;
    },
    register: (devices, stations) => {
      stationCount = stations;
      return register(theClient(), devices, stations);
    },
    stationOf: (device) => stationName(device % stationCount),
    figures: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of theClient().stream('/metrics', 'text/plain')) chunks.push(chunk);
      return parseFigures(Buffer.concat(chunks).toString());
    },
    warnings: () => [...warningsOf(broker, 'broker'), ...warningsOf(ingest, 'ingest')],
    stop: async () => {
      await service.stopIngest();
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return service;
};
