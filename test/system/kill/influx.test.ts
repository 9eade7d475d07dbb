import { onTestFinished, test } from 'vitest';
import { minutes } from '#model/duration.ts';
import { hasInfluxd, startInfluxd } from '#test/support/influxd.ts';
import { rowsOfInflux } from '#test/support/oracle.ts';
import { tempFolder } from '#test/support/temp-folder.ts';
import { killAndCount, ROUNDS } from './killing.ts';

test.runIf(hasInfluxd)(
  `acknowledged readings are in InfluxDB once after ${ROUNDS} kills`,
  { timeout: minutes(5).ms },
  async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.stop());
    const env = {
      KLAWING_STORE: 'influx',
      KLAWING_INFLUX_URL: influx.url,
      KLAWING_INFLUX_WRITE_PATH: '/write',
      KLAWING_INFLUX_BUCKET: 'klawing',
    };
    await killAndCount({ name: 'influx', env, rows: () => rowsOfInflux(influx.url, 'klawing', 'air') });
  },
);
