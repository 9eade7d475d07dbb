import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startInfluxd } from '#test/support/servers/influxd.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const Table = z.object({
  results: z.tuple([z.object({ series: z.array(z.object({ values: z.array(z.array(z.unknown())) })).prefault([]) })]),
});

/** Broker and ingest that write into an InfluxDB of their own. */
export interface InfluxTrial {
  readonly service: Service;
  /** Asks InfluxDB itself; gives the first column of every row. */
  readonly ask: (query: string) => Promise<readonly string[]>;
}

export const influxTrial = async (env: Readonly<Record<string, string>> = {}): Promise<InfluxTrial> => {
  const influx = await startInfluxd(tempFolder());
  onTestFinished(() => influx.kill());
  const ask = async (q: string): Promise<readonly string[]> => {
    const answer = await fetch(`${influx.url}/query?${new URLSearchParams({ db: 'klawing', q })}`, { method: 'POST' });
    const [{ series }] = Table.parse(await answer.json()).results;
    return series.flatMap(({ values }) => values.map(([first]) => String(first)));
  };
  await ask('CREATE DATABASE klawing');
  const service = await testService({
    parts: ['broker', 'ingest'],
    config: 'store: { kind: influx }\n',
    env: {
      KLAWING_INFLUX_URL: influx.url,
      KLAWING_INFLUX_WRITE_PATH: '/write',
      KLAWING_INFLUX_BUCKET: 'klawing',
      ...env,
    },
  });
  await service.ready();
  return { service, ask };
};

/** Those of these series or measurements that Klawing does not write, or writes in another form. */
export const strangersOf = (names: readonly string[]): readonly string[] =>
  names.filter(
    (name) =>
      !/^(?:air(?:_index)?|station(?:_state)?|alert_event|klawing_[a-z]+)(?:,[a-z]+=[A-Za-z0-9_-]+)*$/.test(name),
  );
