import { env } from 'node:process';
import { atEnd } from '#test/support/processes/at-end.ts';
import { type Influxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { type Row, rowsOfDuckDb, rowsOfInflux } from '#test/support/oracles/oracle.ts';
import type { Service } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export const STORES = ['duckdb', 'influx'] as const;
export type StoreName = (typeof STORES)[number];

/** A store to break things over: how Klawing is told of it, and how its rows are read without Klawing. */
export interface StoreUnderTest {
  readonly name: StoreName;
  readonly env: Readonly<Record<string, string>>;
  /** A server of its own, which can be killed; undefined where the store lives in ingest. */
  readonly influx: Influxd | undefined;
  /** Every row that is in it, once Klawing has ended. */
  readonly rows: (service: Service) => Promise<readonly Row[]>;
}

const DATABASE = 'klawing';

const influxUnderTest = async (): Promise<StoreUnderTest> => {
  const influx = await startInfluxd(tempFolder());
  atEnd(() => influx.kill());
  return {
    name: 'influx',
    env: {
      KLAWING_STORE: 'influx',
      KLAWING_INFLUX_URL: influx.url,
      KLAWING_INFLUX_WRITE_PATH: '/write',
      KLAWING_INFLUX_BUCKET: DATABASE,
    },
    influx,
    rows: () => rowsOfInflux(influx.url, DATABASE, 'air'),
  };
};

export const startStoreUnderTest = async (name: StoreName): Promise<StoreUnderTest> =>
  name === 'influx' ? influxUnderTest() : { name, env: {}, influx: undefined, rows: ({ data }) => rowsOfDuckDb(data) };

/** A seed that can be given again by `TEST_SEED`. */
export const seedOfRun = (): number => Number(env['TEST_SEED'] ?? Math.floor(Math.random() * 1e6));
