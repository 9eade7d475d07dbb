import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, notInstalled } from '#bench/peers/programs.ts';
import { type InfluxServer, startInfluxServer } from './influx-server.ts';

/** A store for a run: its settings for Klawing, and its process, if any. */
export interface StoreUnderTest {
  readonly env: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export type StoreKind = 'duckdb' | 'influx';

/** An InfluxDB with the settings for Klawing. */
export interface InfluxUnderTest extends StoreUnderTest {
  readonly server: InfluxServer;
}

const envOf = ({ access: { url, database, token, organization } }: InfluxServer): Readonly<Record<string, string>> => ({
  KLAWING_STORE: 'influx',
  KLAWING_INFLUX_URL: url,
  KLAWING_INFLUX_BUCKET: database,
  ...(token === undefined
    ? { KLAWING_INFLUX_WRITE_PATH: '/write' }
    : { KLAWING_INFLUX_TOKEN: token, KLAWING_INFLUX_ORG: organization }),
});

/** Starts the installed InfluxDB in a folder of its own on the disk to measure. */
export const startInflux = async (on: string): Promise<InfluxUnderTest> => {
  const program = findProgram('influxd');
  if (program === undefined) throw new Error(`${notInstalled('influxd')}; apt-get install influxdb`);
  const folder = mkdtempSync(join(on, 'klawing-influx-'));
  const server = await startInfluxServer(program, folder);
  return {
    server,
    env: envOf(server),
    pids: { influxd: server.pid },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** DuckDB inside ingest, or an InfluxDB of this run on the disk to measure. */
export const startStoreUnderTest = (kind: StoreKind, on: string): Promise<StoreUnderTest> =>
  kind === 'influx'
    ? startInflux(on)
    : Promise.resolve({ env: { KLAWING_STORE: 'duckdb' }, pids: {}, stop: async () => {} });
