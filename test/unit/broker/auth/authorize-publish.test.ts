import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayWill, maySubscribe as mayListen, publishRight as rightOf } from '#broker/auth/authorize-publish.ts';
import { isClientIdAllowed } from '#broker/auth/client-id.ts';
import type { Directory, ClientIdentity } from '#broker/auth/identity.ts';

const device: ClientIdentity = { role: 'device', device: 'river-01', proof: { hash: new Uint8Array(32) } };
const operator: ClientIdentity = { role: 'operator' };
const anyone: ClientIdentity = { role: 'anyone' };
const gateway = (kind: 'chirpstack' | 'ttn' | 'plain'): ClientIdentity => ({
  role: 'gateway',
  gateway: 'ns-1',
  kind,
  proof: { hash: new Uint8Array(32) },
});

/** `ns-1` has two devices; `ns-2` has another one. */
const DEVICES: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  'ns-1': new Map([
    ['70b3d57ed0051a03', 'river-01'],
    ['air-07', 'air-07'],
  ]),
  'ns-2': new Map([['70b3d57ed0051a04', 'river-02']]),
};
const directory: Directory = {
  deviceOf: (of, externalId) => DEVICES[of]?.get(externalId),
  topicsOf: (device) =>
    device === 'pbg-a01' ? { taken: ['tele/SENSOR', 'sensor/+/state'], ignored: ['tele/#'] } : undefined,
  speaksFor: (of, name) => [...(DEVICES[of]?.values() ?? [])].includes(name),
};
const publishRight = (identity: ClientIdentity, topic: string) => rightOf(identity, topic, directory);
const maySubscribe = (identity: ClientIdentity, filter: string) => mayListen(identity, filter, directory);

describe('a device', () => {
  test.for([
    ['v1/river-01/readings', 'readings', false],
    ['v1/river-01/readings/senml-cbor', 'readings', false],
    ['v1/river-01/status', 'status', true],
    ['v1/river-01/commands/42/reply', 'reply', false],
  ] as const)('may publish to %s', ([topic, kind, isRetainable]) => {
    expect(publishRight(device, topic)).toEqual({ kind, sender: 'river-01', isRetainable });
  });

  test.for([
    'v1/air-07/readings',
    'v1/river-01/config',
    'v1/river-01/commands/42',
    'v1/river-01/readings/',
    'v1/river-01/readings/json/more',
    'v1/river-01//readings',
    'v1/River-01/readings',
    'v1/river-01/readings ',
    '/v1/river-01/readings',
    'v2/river-01/readings',
    'v1/alerts/bridge/stage',
    '$SYS/x/new/clients',
    '$share/group/v1/river-01/readings',
    'v1/river-01/readings/\uFFFD',
    'constructor',
    '',
  ])('may not publish to "%s"', (topic) => {
    expect(publishRight(device, topic)).toBeUndefined();
  });

  test('may publish the topics of its profile, and no others', () => {
    const profiled = { ...device, device: 'pbg-a01' };
    const taken = { kind: 'readings', sender: 'pbg-a01', isRetainable: false };
    expect(publishRight(profiled, 'v1/pbg-a01/tele/SENSOR')).toEqual(taken);
    expect(publishRight(profiled, 'v1/pbg-a01/sensor/jarak/state')).toEqual(taken);
    expect(publishRight(profiled, 'v1/pbg-a01/tele/STATE')).toMatchObject({ kind: undefined, isRetainable: false });
    for (const topic of ['v1/pbg-a01/stat/x', 'v1/pbg-a01/sensor/jarak', 'v1/pbg-a02/tele/SENSOR', 'v1/pbg-a01/config'])
      expect(publishRight(profiled, topic), topic).toBeUndefined();
    expect(publishRight(device, 'v1/river-01/tele/SENSOR')).toBeUndefined();
  });

  test('may publish with its own name only, for any topic', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (topic) => {
        expect(publishRight(device, topic)).toBeUndefined();
      }),
    );
  });

  test.for([
    'v1/river-01/config',
    'v1/river-01/commands/#',
    'v1/river-01/commands/+',
    'v1/river-01/commands/+/reply',
    'v1/alerts/#',
    'v1/alerts/+/stage-above',
    'v1/alerts/bridge/#',
    'v1/stations/#',
    'v1/stations/PBG-R03/state',
  ])('may subscribe to %s', (filter) => {
    expect(maySubscribe(device, filter)).toBe(true);
  });

  test.for([
    '#',
    '+/river-01/config',
    'v1/#',
    'v1/+/config',
    'v1/+/commands/#',
    'v1/river-01/#',
    'v1/river-01/+',
    'v1/river-01/config/#',
    'v1/river-01/readings',
    'v1/air-07/config',
    '$SYS/#',
    '$share/g/v1/alerts/#',
    'v1',
  ])('may not subscribe to %s', (filter) => {
    expect(maySubscribe(device, filter)).toBe(false);
  });

  test.for([
    ['river-01', true],
    ['river-01.gateway_2', true],
    ['', true],
    ['river-01x', false],
    ['river-011', false],
    ['river-0', false],
    ['air-07', false],
    ['air-07.river-01', false],
    ['RIVER-01', false],
    ['river-01.a b', false],
    ['river-01.\u0000', false],
    [`river-01.${'x'.repeat(65)}`, false],
    ['__proto__', false],
  ] as const)('with client id "%s": %s', ([clientId, isAllowed]) => {
    expect(isClientIdAllowed(device, clientId)).toBe(isAllowed);
  });
});

describe('the operator', () => {
  test('may subscribe to all topics below v1 and to no others', () => {
    expect(['v1/#', 'v1/+/readings', 'v1/river-01/status'].every((filter) => maySubscribe(operator, filter))).toBe(
      true,
    );
    expect(['#', '+/#', '$SYS/#', 'v2/#'].some((filter) => maySubscribe(operator, filter))).toBe(false);
  });

  test('may not publish', () => {
    expect(publishRight(operator, 'v1/river-01/readings')).toBeUndefined();
    expect(publishRight(operator, 'v1/river-01/config')).toBeUndefined();
  });

  test('may use any client id of plain characters', () => {
    expect(['mosq-7x', 'laptop.a', 'a/b@c:d'].every((id) => isClientIdAllowed(operator, id))).toBe(true);
    expect(['\n', 'a\u0000', ' x', 'x'.repeat(200)].some((id) => isClientIdAllowed(operator, id))).toBe(false);
  });
});

describe('anyone, with open access', () => {
  test('publishes readings with the device of the topic as sender, and other messages to subscribers only', () => {
    expect(publishRight(anyone, 'v1/air-07/readings')).toMatchObject({ kind: 'readings', sender: 'air-07' });
    expect(publishRight(anyone, 'any/topic')).toEqual({ kind: undefined, sender: '', isRetainable: true });
    expect(publishRight(anyone, '$SYS/x')).toBeUndefined();
    expect(maySubscribe(anyone, '#')).toBe(true);
  });
});

const CHIRPSTACK = 'application/17c82e96-0000-4000-8000-000000000002/device';

describe('a gateway', () => {
  test.for([
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/event/up`, 'readings', 'river-01', 'uplink'],
    ['chirpstack', `${CHIRPSTACK}/70B3D57ED0051A03/event/up`, 'readings', 'river-01', 'uplink'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a04/event/up`, 'readings', 'ns-1', 'stranger'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/event/status`, 'readings', 'river-01', 'state'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a04/event/status`, undefined, '', 'ignored'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/event/ack`, 'reply', 'river-01', 'reply'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a04/event/ack`, undefined, '', 'ignored'],
    ...['join', 'txack', 'log', 'location', 'integration', 'nonsense'].map(
      (event) => ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/event/${event}`, undefined, '', 'ignored'] as const,
    ),
    ['ttn', 'v3/udara-pbg@ttn/devices/air-07/up', 'readings', 'air-07', 'uplink'],
    ['ttn', 'v3/udara-pbg/devices/air-07/up', 'readings', 'air-07', 'uplink'],
    ['ttn', 'v3/udara-pbg@ttn/devices/stranger/up', 'readings', 'ns-1', 'stranger'],
    ['ttn', 'v3/udara-pbg@ttn/devices/air-07/down/ack', 'reply', 'air-07', 'reply'],
    ['ttn', 'v3/udara-pbg@ttn/devices/air-07/down/failed', 'reply', 'air-07', 'reply'],
    ...['join', 'down/queued', 'down/sent', 'down/nack', 'location/solved'].map(
      (event) => ['ttn', `v3/udara-pbg@ttn/devices/air-07/${event}`, undefined, '', 'ignored'] as const,
    ),
  ] as const)('of kind %s that publishes to %s publishes as %s of "%s"', ([kind, topic, as, sender, forwarded]) => {
    expect(publishRight(gateway(kind), topic)).toEqual({ kind: as, sender, isRetainable: false, forwarded });
  });

  test.for(['v1/river-01/readings', 'v1/river-01/readings/lpp'])('of our own kind may publish to %s', (topic) => {
    expect(publishRight(gateway('plain'), topic)).toEqual({
      kind: 'readings',
      sender: 'river-01',
      isRetainable: false,
    });
  });

  test.for([
    ['plain', 'v1/river-02/readings'],
    ['plain', 'v1/ns-1/readings'],
    ['plain', 'v1/river-01/status'],
    ['plain', 'v1/river-01/commands/1/reply'],
    ['plain', 'v1/river-01/config'],
    ['plain', `${CHIRPSTACK}/70b3d57ed0051a03/event/up`],
    ['chirpstack', 'v1/river-01/readings'],
    ['chirpstack', 'v3/udara-pbg@ttn/devices/air-07/up'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/event/up/more`],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/command/down`],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a0g/event/up`],
    ['chirpstack', 'application/a b/device/70b3d57ed0051a03/event/up'],
    ['ttn', `${CHIRPSTACK}/70b3d57ed0051a03/event/up`],
    ['ttn', 'v3/udara-pbg@ttn/devices/+/up'],
    ['ttn', 'v3/udara-pbg@@ttn/devices/air-07/up'],
    ['ttn', '$v3/udara-pbg@ttn/devices/air-07/up'],
  ] as const)('of kind %s may not publish to %s', ([kind, topic]) => {
    expect(publishRight(gateway(kind), topic)).toBeUndefined();
  });

  test('publishes with its own name and those of its devices only, for any topic', () => {
    const own: ReadonlySet<string> = new Set(['river-01', 'air-07', 'ns-1', '']);
    const part = fc.constantFrom(
      'v1',
      'v3',
      'application',
      'device',
      'devices',
      'event',
      'up',
      'readings',
      'status',
      'river-01',
      'river-02',
      'ns-1',
      'ns-2',
      '70b3d57ed0051a03',
      '70b3d57ed0051a04',
      'a@b',
      '+',
      '#',
      '',
      '\u0000',
    );
    const topics = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 7 }).map((parts) => parts.join('/')),
      fc.constantFrom('river-01', 'river-02', 'ns-2').map((id) => `v1/${id}/readings`),
    );
    fc.assert(
      fc.property(fc.constantFrom('chirpstack', 'ttn', 'plain'), topics, (kind, topic) => {
        const right = publishRight(gateway(kind), topic);
        expect(right === undefined || own.has(right.sender)).toBe(true);
        if (right?.kind !== undefined) expect(right.sender).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  test('may have a will for its own status only', () => {
    const can = (topic: string): boolean => mayWill(gateway('plain'), topic, directory);
    expect(can('v1/ns-1/status')).toBe(true);
    expect(['v1/river-01/readings', 'v1/river-01/status', 'v1/alerts/a/b'].some(can)).toBe(false);
  });

  test.for([
    ['chirpstack', 'application/+/device/+/command/+'],
    ['chirpstack', 'application/+/device/+/command/down'],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/command/down`],
    ['ttn', 'v3/+/devices/+/down/push'],
    ['ttn', 'v3/udara-pbg@ttn/devices/air-07/down/push'],
  ] as const)('of kind %s may subscribe to %s', ([kind, filter]) => {
    expect(maySubscribe(gateway(kind), filter)).toBe(true);
  });

  test.for([
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a04/command/down`],
    ['chirpstack', `${CHIRPSTACK}/70b3d57ed0051a03/command/up`],
    ['chirpstack', 'application/+/device/+/event/+'],
    ['chirpstack', 'application/#'],
    ['chirpstack', 'v3/+/devices/+/down/push'],
    ['ttn', 'v3/udara-pbg@ttn/devices/stranger/down/push'],
    ['ttn', 'v3/+/devices/+/down/ack'],
    ['ttn', 'v3/+/devices/+/#'],
    ['ttn', 'application/+/device/+/command/+'],
    ['plain', 'application/+/device/+/command/+'],
    ...(['chirpstack', 'ttn', 'plain'] as const).flatMap((kind) =>
      ['#', 'v1/#', 'v1/alerts/#', 'v1/river-01/config'].map((filter) => [kind, filter] as const),
    ),
  ] as const)('of kind %s may not subscribe to %s', ([kind, filter]) => {
    expect(maySubscribe(gateway(kind), filter)).toBe(false);
  });

  test('has a client id that starts with its name', () => {
    expect(isClientIdAllowed(gateway('plain'), 'ns-1.b')).toBe(true);
    expect(isClientIdAllowed(gateway('plain'), 'river-01')).toBe(false);
  });
});
