import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';

/** A store for a run: its settings for Klawing, and its process, if any. */
export interface StoreUnderTest {
  readonly env: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export type StoreKind = 'duckdb' | 'influx';

const startInflux = async (on: string): Promise<StoreUnderTest> => {
  if (!hasInfluxd) throw new Error('influxd is not installed; apt-get install influxdb');
  const folder = mkdtempSync(join(on, 'klawing-influx-'));
  const server = await startInfluxd(folder);
  return {
    env: {
      KLAWING_STORE: 'influx',
      KLAWING_INFLUX_URL: server.url,
      KLAWING_INFLUX_WRITE_PATH: '/write',
      KLAWING_INFLUX_BUCKET: 'klawing',
    },
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
