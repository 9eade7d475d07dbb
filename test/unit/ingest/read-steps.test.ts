import { describe, expect, test } from 'vitest';
import { readingEntries } from '#ingest/read-steps.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { readingAt } from '#model/readings/columns.ts';

const EUI = '70b3d57ed0051a03';

const registryWith = (device: Device): Registry => ({
  revision: 1,
  stations: new Map([[aStation().id, aStation()]]),
  devices: new Map([[device.id, device]]),
  gateways: new Map([['ns-1', { id: 'ns-1', kind: 'chirpstack', registeredAt: 0, revoked: false }]]),
  profiles: new Map(),
});

/** An uplink of a stranger: it stands in the journal in the name of its gateway. */
const uplink: Entry = {
  kind: 'readings',
  sender: 'ns-1',
  connection: 1,
  qos: 1,
  dup: false,
  packetId: 1,
  sequence: 1,
  topic: `application/17c82e96/device/${EUI}/event/up`,
  receivedAt: MORNING,
  payload: Buffer.from(JSON.stringify({ deduplicationId: 'a', object: { pm2_5: 12 } })),
};

describe('an uplink that was journaled in the name of its gateway', () => {
  test('is one of the device that has been assigned to the gateway since', () => {
    const batch = readingEntries(registryWith(aDevice({ gateway: 'ns-1', externalId: EUI })))([uplink]);
    expect(batch.packets).toMatchObject([{ refused: [] }]);
    expect(readingAt(batch.readings, 0)).toMatchObject({ device: 'dev-1', property: 'pm2_5', value: 12 });
    expect(batch.readings).toHaveLength(1);
  });

  test('is none of a device that was revoked: it stays that of a stranger', () => {
    const batch = readingEntries(registryWith(aDevice({ gateway: 'ns-1', externalId: EUI, revoked: true })))([uplink]);
    expect(batch.readings).toHaveLength(0);
    expect(batch.packets).toMatchObject([{ refused: [{ fault: { code: 'DEVICE_UNKNOWN' } }] }]);
  });
});
