import { expect, test } from 'vitest';
import { BatchBuilder } from '#ingest/validate/batch-builder.ts';
import { Validator } from '#ingest/validate/validate.ts';
import type { Message } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import { APPLICATION, behind } from '#test/support/servers/network.ts';
import { aRun } from '#test/support/builders/runs.ts';

const MESSAGE: Message = {
  observations: [{ time: 1, id: undefined, place: '/object', values: new Map([['stage', 1.5]]), refused: [] }],
  refused: [],
};

const entryOf = (sender: string, topic: string): Entry => ({
  kind: 'readings',
  sender,
  topic,
  connection: 1,
  payload: Buffer.from('{}'),
  qos: 1,
  dup: false,
  packetId: 1,
  receivedAt: 1,
  sequence: 1,
});

test.for([
  {
    what: 'a device that nobody has registered is to be registered',
    entry: entryOf('dev-9', 'v1/dev-9/readings'),
    says: /"dev-9"; register it with "klawing device add"/,
  },
  {
    what: 'the device that an uplink names is to be registered, and named for its gateway',
    entry: entryOf('ns-1', `application/${APPLICATION}/device/70b3d57ed0051a99/event/up`),
    says: /--external-id 70b3d57ed0051a99.*klawing gateway assign ns-1/,
  },
  {
    what: 'a post that names no device is a matter of the network server, and the gateway is not to be registered as a device',
    entry: entryOf('ns-1', 'v1/ns-1/readings/chirpstack'),
    says: /^(?!.*device add).*gateway ns-1 does not say of which device this is.*whole events/,
  },
])('$what', ({ entry, says }) => {
  const builder = new BatchBuilder(1);
  const { sender } = entry;
  new Validator(behind('chirpstack')).take(
    { entry, sender, registration: undefined, codec: 'json', codecVersion: 1, message: MESSAGE },
    builder,
  );
  const refused = builder.batch(aRun([entry])).packets.flatMap((packet) => packet.refused);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.fault.code).toBe('DEVICE_UNKNOWN');
  expect(refused[0]?.fault.detail).toMatch(says);
});
