import { env } from 'node:process';

/** The servers that the suites of the store, the boards, kills and outages were tried on, for the last lines of a run. */
export const influxServers = (
  hasVersion1: boolean,
  given: Readonly<Record<string, string | undefined>> = env,
): readonly string[] => {
  const { TEST_INFLUXD2: binary, TEST_INFLUX_URL: url, TEST_INFLUX_TOKEN: token } = given;
  const version1 = hasVersion1 ? 'tried (influxd of this machine)' : 'not tried; "influxd" is not installed';
  const version2 = (): string => {
    if (binary !== undefined) return `tried (${binary})`;
    if (url === undefined)
      return 'not tried; set TEST_INFLUXD2, or TEST_INFLUX_URL, TEST_INFLUX_TOKEN and TEST_INFLUX_ORG';
    return token === undefined ? 'failed: TEST_INFLUX_URL needs TEST_INFLUX_TOKEN' : `tried (${url})`;
  };
  return [`InfluxDB 1.6.7: ${version1}`, `InfluxDB 2.x: ${version2()}`];
};
