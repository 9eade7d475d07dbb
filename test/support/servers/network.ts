import { aDevice } from './api.ts';
import type { Network } from '#model/registry/network.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';

export const APPLICATION = '17c82e96-0000-4000-8000-000000000002';

/** A device behind a gateway `ns-1` of this kind. */
export const behind = (
  kind: 'chirpstack' | 'ttn' | 'plain',
  network?: Network,
  given: Partial<Device> = {},
): Registry => ({
  revision: 1,
  stations: new Map(),
  devices: new Map([
    [
      'dev-1',
      aDevice({
        gateway: 'ns-1',
        externalId: '70b3d57ed0051a03',
        ...(network === undefined ? {} : { network }),
        ...given,
      }),
    ],
  ]),
  gateways: new Map([['ns-1', { id: 'ns-1', kind, registeredAt: 0, revoked: false }]]),
  profiles: new Map(),
});
