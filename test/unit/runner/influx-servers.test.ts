import { expect, test } from 'vitest';
import { influxServers } from '#test/runner/influx-servers.ts';

test.for([
  [true, {}, ['tried (influxd of this machine)', 'not tried; set TEST_INFLUXD2']],
  [false, { TEST_INFLUXD2: '/opt/influxd' }, ['not tried; "influxd" is not installed', 'tried (/opt/influxd)']],
  [true, { TEST_INFLUX_URL: 'http://db:8086', TEST_INFLUX_TOKEN: 't' }, ['tried', 'tried (http://db:8086)']],
  [true, { TEST_INFLUX_URL: 'http://db:8086' }, ['tried', 'failed: TEST_INFLUX_URL needs TEST_INFLUX_TOKEN']],
] as const)('the last lines say which servers were tried: %s %o', ([hasVersion1, given, words]) => {
  const lines = influxServers(hasVersion1, given);
  expect(lines.map((line) => line.split(':')[0])).toEqual(['InfluxDB 1.6.7', 'InfluxDB 2.x']);
  for (const [index, each] of words.entries()) expect(lines[index]).toContain(each);
});
