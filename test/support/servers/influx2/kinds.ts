import { GIVEN, startInflux2 } from './server.ts';
import { hasInfluxd, type InfluxServer, ON_INFLUXD, startInfluxd } from '#test/support/servers/influxd.ts';

/** One kind of InfluxDB that the suites run on. */
export interface InfluxKind {
  readonly name: 'influx' | 'influx2';
  readonly title: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  /** Options of vitest for its suites. */
  readonly options: { readonly tags?: string[] };
  start(folder: string): Promise<InfluxServer>;
}

export const INFLUX_KINDS: readonly InfluxKind[] = [
  {
    name: 'influx',
    title: 'InfluxDB 1.6.7',
    missing: hasInfluxd ? undefined : 'influxd is not installed (Debian package influxdb)',
    options: ON_INFLUXD,
    start: (folder) => startInfluxd(folder),
  },
  {
    name: 'influx2',
    title: 'InfluxDB 2.x',
    missing:
      GIVEN.binary === undefined && GIVEN.url === undefined
        ? 'no InfluxDB 2.x is given (TEST_INFLUXD2, or TEST_INFLUX_URL and TEST_INFLUX_TOKEN)'
        : undefined,
    options: ON_INFLUXD,
    start: startInflux2,
  },
];
