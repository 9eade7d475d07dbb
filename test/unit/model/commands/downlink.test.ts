import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configArguments, downlinkOf, reachedThrough } from '#model/commands/downlink.ts';
import { commandOfUuid, correlationOf, uuidOf } from '#model/commands/downlink-id.ts';
import { downlinkReply } from '#model/commands/downlink-reply.ts';
import { parseJson } from '#model/base/parse-json.ts';
import type { Network } from '#model/registry/network.ts';
import { APPLICATION, behind } from '#test/support/servers/network.ts';

const ORDER = { id: 'mic3k2zk-5f0e11aa', name: 'reboot', arguments: { after: 5 } };

const sent = (kind: 'chirpstack' | 'ttn', network: Network) => {
  const reached = reachedThrough(behind(kind, network), 'dev-1');
  if (reached === undefined) throw new Error('it hears for itself');
  const { topic, payload } = downlinkOf(reached, ORDER);
  return { topic, payload: parseJson(payload) };
};

describe('a downlink', () => {
  test('of ChirpStack goes to its queue as an object, confirmed, under a UUID of the command', () => {
    expect(sent('chirpstack', { application: APPLICATION, port: 10 })).toEqual({
      topic: `application/${APPLICATION}/device/70b3d57ed0051a03/command/down`,
      payload: {
        id: uuidOf(ORDER.id),
        devEui: '70b3d57ed0051a03',
        confirmed: true,
        fPort: 10,
        object: { name: 'reboot', arguments: { after: 5 } },
      },
    });
  });

  test('of ChirpStack goes as bytes where they are registered', () => {
    const network = { application: APPLICATION, port: 85, confirmed: false, bytes: { reboot: 'ff10{after:u8}' } };
    expect(sent('chirpstack', network).payload).toMatchObject({ confirmed: false, fPort: 85, data: '/xAF' });
  });

  test.for([
    [{}, { decoded_payload: { name: 'reboot', arguments: { after: 5 } } }],
    [{ bytes: { reboot: 'ff10{after:u8}' } }, { frm_payload: '/xAF' }],
  ] as const)('of The Things Stack is pushed, with a correlation id of the command: %j', ([given, content]) => {
    expect(sent('ttn', { application: 'sampah@ttn', port: 15, ...given })).toEqual({
      topic: 'v3/sampah@ttn/devices/70b3d57ed0051a03/down/push',
      payload: {
        downlinks: [
          { f_port: 15, priority: 'NORMAL', confirmed: true, correlation_ids: [correlationOf(ORDER.id)], ...content },
        ],
      },
    });
  });

  test.for([
    [{}, /nothing says how it is reached/],
    [{ application: APPLICATION }, /nothing says how it is reached/],
    [
      { application: APPLICATION, port: 1, bytes: { config: '01' } },
      /no bytes are registered for "reboot".*but for config/,
    ],
    [{ application: APPLICATION, port: 1, bytes: { reboot: '{soon:u8}' } }, /"soon" has to be a whole number/],
  ] as const)('is refused where the registration %j does not say how', ([network, words]) => {
    expect(() => sent('chirpstack', network)).toThrow(words);
  });

  test('is for nobody who hears for himself', () => {
    expect(reachedThrough(behind('plain'), 'dev-1')).toBeUndefined();
    expect(reachedThrough({ ...behind('ttn'), gateways: new Map() }, 'dev-1')).toBeUndefined();
  });

  test('of a config has its parts as arguments', () => {
    expect(configArguments({ interval: 600, limits: { stage: { max: 2.5 } }, settings: { gain: 2 } })).toEqual({
      interval: 600,
      'limits.stage.max': 2.5,
      gain: 2,
    });
  });
});

describe('a UUID of a command', () => {
  test('leads back to the command, whenever it was given', () => {
    const ids = fc
      .record({ at: fc.integer({ min: 0, max: 2 ** 48 - 1 }), random: fc.integer({ min: 0, max: 2 ** 32 - 1 }) })
      .map(({ at, random }) => `${at.toString(36)}-${random.toString(16).padStart(8, '0')}`);
    fc.assert(
      fc.property(ids, (id) => {
        const uuid = uuidOf(id) ?? '';
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(commandOfUuid(uuid.toUpperCase())).toBe(id);
      }),
    );
  });

  test.for(['', 'nonsense', '0b2f6f3e-6a55-4b6f-9a0e-0f6c4f0f8a11'])('is not "%s"', (uuid) => {
    expect(commandOfUuid(uuid)).toBeUndefined();
  });
});

const CHIRPSTACK = `application/${APPLICATION}/device/70b3d57ed0051a03/event`;
const TTN = 'v3/sampah@ttn/devices/pbg-w01/down';
const CORRELATED = { correlation_ids: ['as:downlink:01E0WKT0QE', correlationOf(ORDER.id)] };

describe('what a network server says of a downlink', () => {
  test.for([
    [`${CHIRPSTACK}/ack`, { queueItemId: uuidOf(ORDER.id), acknowledged: true, fCntDown: 3 }, 'answered'],
    [`${CHIRPSTACK}/ack`, { queueItemId: uuidOf(ORDER.id), fCntDown: 3 }, 'failed'],
    [`${TTN}/ack`, { correlation_ids: [], downlink_ack: { f_port: 15, confirmed: true, ...CORRELATED } }, 'answered'],
    [`${TTN}/ack`, { ...CORRELATED, downlink_ack: {} }, 'answered'],
    [`${TTN}/failed`, { downlink_failed: { downlink: CORRELATED, error: { name: 'too_large' } } }, 'failed'],
  ] as const)('under %s ends the command: %j', ([topic, event, outcome]) => {
    expect(downlinkReply(topic, Buffer.from(JSON.stringify(event)))).toEqual({ id: ORDER.id, outcome });
  });

  test.for([
    [`${CHIRPSTACK}/ack`, '{"queueItemId":"0b2f6f3e-6a55-4b6f-9a0e-0f6c4f0f8a11","acknowledged":true}'],
    [`${CHIRPSTACK}/ack`, 'nonsense'],
    [`${CHIRPSTACK}/ack`, '[1]'],
    [`${CHIRPSTACK}/txack`, `{"queueItemId":"${uuidOf(ORDER.id)}"}`],
    [`${TTN}/sent`, JSON.stringify({ downlink_sent: CORRELATED })],
    [`${TTN}/ack`, '{"downlink_ack":{"correlation_ids":"klawing:command:x"}}'],
  ] as const)('under %s is nothing of ours: %s', ([topic, payload]) => {
    expect(downlinkReply(topic, Buffer.from(payload))).toBeUndefined();
  });
});
