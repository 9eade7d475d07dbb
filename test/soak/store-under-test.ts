import { env } from 'node:process';
import { atEnd } from '#test/support/processes/at-end.ts';
import { INFLUX_KINDS, type InfluxKind } from '#test/support/servers/influx2/kinds.ts';
import { environmentFor, type InfluxServer } from '#test/support/servers/influxd.ts';
import { type Row, rowsOfDuckDb, rowsOfInflux } from '#test/support/oracles/oracle.ts';
import type { Service } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export const STORES = ['duckdb', 'influx', 'influx2'] as const;
export type StoreName = (typeof STORES)[number];

/** A store to break things over: how Klawing is told of it, and how its rows are read without Klawing. */
export interface StoreUnderTest {
  readonly name: StoreName;
  readonly env: Readonly<Record<string, string>>;
  /** A server of its own, which can be killed; undefined where the store lives in ingest. */
  readonly influx: InfluxServer | undefined;
  /** Every row that is in it, once Klawing has ended. */
  readonly rows: (service: Service) => Promise<readonly Row[]>;
}

const influxUnderTest = async ({ name, start }: InfluxKind): Promise<StoreUnderTest> => {
  const influx = await start(tempFolder());
  atEnd(() => influx.dispose());
  const place = await influx.place('klawing');
  return {
    name,
    env: environmentFor(place),
    influx,
    rows: () => rowsOfInflux(influx.url, place.database, 'air', place.headers),
  };
};

export const startStoreUnderTest = async (name: StoreName): Promise<StoreUnderTest> => {
  const kind = INFLUX_KINDS.find((each) => each.name === name);
  if (kind !== undefined) return influxUnderTest(kind);
  return { name, env: {}, influx: undefined, rows: ({ data }) => rowsOfDuckDb(data) };
};

/** A seed that can be given again by `TEST_SEED`. */
export const seedOfRun = (): number => Number(env['TEST_SEED'] ?? Math.floor(Math.random() * 1e6));
