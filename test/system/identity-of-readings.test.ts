import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { connectPacket, publishPacket, type RawMqtt, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const STATION = 'PBG-C01';
const DEVICE = 'rain-1';

const Answer = z.object({
  readings: z.array(z.object({ observed_at: z.string(), value: z.number(), timed_by: z.string() })),
});

const readingsOf = async (service: Service): Promise<z.infer<typeof Answer>['readings']> => {
  const answer = await service.get(`/v1/stations/${STATION}/readings?property=rainfall&flags=1,2,3,4`);
  return Answer.parse(await answer.json()).readings;
};

/** A device with a session that is kept, byte by byte. */
const connect = async (service: Service, secret: string): Promise<RawMqtt> => {
  const device = rawMqtt(service.ports.mqtt);
  device.send(connectPacket({ clientId: DEVICE, username: DEVICE, password: secret, clean: false }));
  await device.expect('connack');
  return device;
};

const publish = (device: RawMqtt, messageId: number, payload: string, dup = false): void =>
  device.send(publishPacket(`v1/${DEVICE}/readings`, payload, { qos: 1, messageId, dup }));

describe.for([
  ['DuckDB', undefined],
  ['InfluxDB', hasInfluxd ? 'influx' : 'missing'],
] as const)('in %s', ([, store]) => {
  test.skipIf(store === 'missing')(
    'readings are distinguished by ids, contents and sessions, through kills of both processes',
    async () => {
      const influxd = store === 'influx' ? await startInfluxd(tempFolder()) : undefined;
      onTestFinished(() => influxd?.kill());
      const env =
        influxd === undefined
          ? {}
          : { KLAWING_STORE: 'influx', KLAWING_INFLUX_URL: influxd.url, KLAWING_INFLUX_WRITE_PATH: '/write' };
      const service = await testService({ parts: ['broker', 'ingest'], env });
      await service.ready();
      await service.addStation(STATION, 'weather');
      const secret = await service.addDevice(DEVICE, STATION);
      const time = formatInstant(Math.floor(systemClock.now() / 1_000) * 1_000 - minutes(5).ms);
      const tip = (id: string): string => `{"time":"${time}","id":${id},"rainfall":0.2}`;

      let device = await connect(service, secret);
      // a counter that restarts, with a redelivery that the device numbers anew
      publish(device, 1, '{"id":0,"rainfall":21.3}');
      publish(device, 2, '{"id":0,"rainfall":21.9}');
      publish(device, 3, '{"id":0,"rainfall":22.4}');
      publish(device, 4, '{"id":0,"rainfall":21.9}', true);
      // one reading in flight as the broker is killed, equal to one before and to one behind
      publish(device, 5, '{"rainfall":40}', true);
      publish(device, 6, '{"rainfall":40}');
      await device.expect('puback', 6);
      await service.kill('broker', 'SIGKILL');
      service.start('broker');
      await service.ready();
      device = await connect(service, secret);
      publish(device, 6, '{"rainfall":40}', true);
      publish(device, 7, '{"rainfall":40}', true);
      for (const [messageId, id] of [
        [8, '9007199254740992'],
        [9, '9007199254740993'],
        [10, '9007199254740993'],
      ] as const) {
        publish(device, messageId, tip(id));
      }
      await device.expect('puback', 5);
      await service.kill('ingest', 'SIGKILL');
      service.start('ingest');
      await service.ready();
      publish(device, 11, tip('9007199254740992'));
      publish(device, 12, tip('1'));
      await device.expect('puback', 7);

      const { balanced, totals } = await untilProcessed(service);
      const readings = await readingsOf(service);
      const timed = readings.filter(({ timed_by }) => timed_by !== 'arrival');
      const first = Date.parse(time);
      expect(timed).toEqual(
        [
          { observed_at: formatInstant(first), value: 0.2, timed_by: 'device' },
          { observed_at: formatInstant(first + 1), value: 0.2, timed_by: 'shifted' },
          { observed_at: formatInstant(first + 2), value: 0.2, timed_by: 'shifted' },
        ].map((row) => expect.objectContaining(row)),
      );
      expect(readings.filter((row) => !timed.includes(row)).map(({ value }) => value)).toEqual([
        21.3, 21.9, 22.4, 40, 40, 40,
      ]);
      expect(totals).toMatchObject({ received: 13, decoded: 13, stored: 9, duplicates: 4, revised: 0 });
      expect(balanced).toBe(true);
      expect(await service.cli('ledger', '--verify')).toMatchObject({ status: 0 });
    },
  );
});
