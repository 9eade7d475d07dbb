import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { connectPacket, publishPacket, type RawMqtt, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const STATION = 'PBG-A01';
const DEVICE = 'box-1';

const Quarantine = z.object({ packets: z.array(z.object({ state: z.string() })) });

const statesOf = async (service: Service): Promise<readonly string[]> => {
  const answer = await service.get(`/v1/quarantine?device=${DEVICE}`);
  return Quarantine.parse(await answer.json()).packets.map(({ state }) => state);
};

const connect = async (service: Service, secret: string): Promise<RawMqtt> => {
  const device = rawMqtt(service.ports.mqtt);
  device.send(connectPacket({ clientId: DEVICE, username: DEVICE, password: secret, clean: false }));
  await device.expect('connack');
  return device;
};

/** Sends packets of QoS 1, numbered from 1, and waits for their acknowledgements. */
const send = async (
  device: RawMqtt,
  payloads: readonly string[],
  dup: boolean,
  acknowledged: number,
): Promise<void> => {
  for (const [index, payload] of payloads.entries()) {
    device.send(publishPacket(`v1/${DEVICE}/readings`, payload, { qos: 1, messageId: index + 1, dup }));
  }
  await device.expect('puback', acknowledged);
};

test('a refused packet that is sent again stands in the quarantine once, through restarts of both processes', async () => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation(STATION, 'air');
  const secret = await service.addDevice(DEVICE, STATION);
  const time = formatInstant(systemClock.now());
  const packets = ['{"values":{"pm2_5":38.5', JSON.stringify({ time, values: { PM25: 38.5, pm10: 61 } }), '{"PM25":7}'];

  let device = await connect(service, secret);
  await send(device, packets, false, 3);
  await send(device, packets, true, 6);
  await untilProcessed(service);
  await service.kill('ingest', 'SIGKILL');
  service.start('ingest');
  await service.ready();
  await send(device, packets, true, 9);
  await untilProcessed(service);
  await service.kill('broker', 'SIGKILL');
  service.start('broker');
  await service.ready();
  device = await connect(service, secret);
  await send(device, packets, true, 3);
  const { balanced, totals } = await untilProcessed(service);
  expect(await statesOf(service)).toEqual(['open', 'open', 'open']);
  expect(totals).toMatchObject({ received: 12, quarantined: 3, processed: 9, stored: 1, refused: 2, duplicates: 9 });
  expect(balanced).toBe(true);

  // other bytes under the same packet identifier, and the same bytes without DUP, are other packets
  await send(device, ['{"PM25":8}'], true, 4);
  await send(device, packets.slice(0, 1), false, 5);
  await untilProcessed(service);
  expect(await statesOf(service)).toHaveLength(5);

  expect(await service.cli('device', 'set', DEVICE, '--rename', 'PM25=pm2_5')).toMatchObject({ status: 0 });
  const span = [
    '--from',
    formatInstant(Date.parse(time) - 3_600_000),
    '--to',
    formatInstant(Date.parse(time) + 3_600_000),
  ];
  expect(await service.cli('replay', '--device', DEVICE, ...span)).toMatchObject({ status: 0 });
  await service.cli('quarantine', 'replay', '--device', DEVICE);
  const after = await untilProcessed(service);
  expect((await statesOf(service)).toSorted()).toEqual(['open', 'open', 'replayed', 'replayed', 'replayed']);
  expect(after.totals).toMatchObject({ received: 14, stored: 4, refused: 0, revised: 0 });
  expect(after.balanced).toBe(true);
  expect(await service.cli('ledger', '--verify')).toMatchObject({ status: 0 });
});
