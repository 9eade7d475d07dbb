import { describe, expect, test } from 'vitest';
import { GatewayList, GatewaySecret } from '#api/gateways/schema.ts';
import { days } from '#model/base/duration.ts';
import { gatewayOf } from '#model/registry/registry.ts';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';

const GATEWAY = { id: 'ns-1', kind: 'chirpstack', devices: ['dev-1'] };

describe('/v1/gateways', () => {
  test('registers a gateway with its devices, shows its secret once, and revokes it', async () => {
    const { get, post, operations } = await testApi();
    const answer = await post('/v1/gateways', GATEWAY);
    expect(answer.status).toBe(201);
    const { secret } = await answerOf(answer, GatewaySecret);
    const listed = await (await get('/v1/gateways')).text();
    expect(GatewayList.parse(JSON.parse(listed)).gateways).toEqual([
      { ...GATEWAY, revoked: false, presence: 'unknown', last_seen: null },
    ]);
    expect(listed).not.toContain(secret);
    expect(gatewayOf(operations.registry(), 'dev-1')).toMatchObject({ id: 'ns-1', kind: 'chirpstack' });
    expect((await post('/v1/gateways/ns-1/revoke', undefined)).status).toBe(200);
    expect(operations.secretHashes('ns-1', 0)).toEqual([]);
    expect((await post('/v1/gateways', { ...GATEWAY, kind: 'plain' })).status).toBe(201);
  });

  test('gives a second secret beside the first, and ends the first when the rotation is finished', async () => {
    const { post, operations, clock } = await testApi();
    await post('/v1/gateways', GATEWAY);
    const [first] = operations.secretHashes('ns-1', clock.now());
    const rotated = await answerOf(await post('/v1/gateways/ns-1/rotate', {}), GatewaySecret);
    expect(rotated).toMatchObject({ gateway: 'ns-1' });
    expect(operations.secretHashes('ns-1', clock.now())).toHaveLength(2);
    expect(operations.secretHashes('ns-1', clock.now() + days(31).ms)).toHaveLength(1);
    expect((await post('/v1/gateways/ns-1/rotate', { finish: true })).status).toBe(204);
    const [left, ...others] = operations.secretHashes('ns-1', clock.now());
    expect([left, others]).not.toContainEqual(first);
    expect(others).toEqual([]);
    await post('/v1/gateways/ns-1/revoke', undefined);
    expect(await problemOf(await post('/v1/gateways/ns-1/rotate', {}))).toMatchObject({ status: 409 });
    expect(await problemOf(await post('/v1/gateways/ns-9/rotate', {}))).toMatchObject({ status: 404 });
    expect((await post('/v1/gateways/ns-1/rotate', {}, {})).status).toBe(401);
  });

  test('is listed with the time of the last packet of it or of a device behind it', async () => {
    const { get, post, operations, clock } = await testApi();
    await post('/v1/gateways', GATEWAY);
    await operations.commitAlerted({
      cursor: { journal: 'j-1', sequence: 1 },
      latest: [],
      presence: [{ device: 'ns-1', state: 'online', since: clock.now(), connection: 1 }],
      seen: [
        { device: 'ns-1', receivedAt: clock.now() },
        { device: 'dev-1', receivedAt: clock.now() + 1_000 },
      ],
    });
    const { gateways } = await answerOf(await get('/v1/gateways'), GatewayList);
    expect(gateways[0]).toMatchObject({ presence: 'online', last_seen: '2026-11-24T03:00:01.000Z' });
  });

  test('assigns exactly the devices that are named', async () => {
    const { post, operations } = await testApi();
    await post('/v1/devices', { id: 'dev-2', station: 'ST1', external_id: '70B3D57ED0051A03' });
    await post('/v1/gateways', GATEWAY);
    expect((await post('/v1/gateways/ns-1/assign', { devices: ['dev-2'] })).status).toBe(200);
    expect(operations.registry().devices.get('dev-1')?.gateway).toBeUndefined();
    expect(operations.registry().devices.get('dev-2')).toMatchObject({
      gateway: 'ns-1',
      externalId: '70b3d57ed0051a03',
    });
  });

  test('refuses a name that is taken, an unknown device, and two devices of one external id', async () => {
    const { post } = await testApi();
    expect(await problemOf(await post('/v1/gateways', { ...GATEWAY, id: 'dev-1' }))).toMatchObject({ status: 409 });
    expect(await problemOf(await post('/v1/gateways', { ...GATEWAY, devices: ['dev-9'] }))).toMatchObject({
      status: 404,
    });
    await post('/v1/gateways', GATEWAY);
    expect(await problemOf(await post('/v1/gateways', GATEWAY))).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect((await post('/v1/devices', { id: 'ns-1', station: 'ST1' })).status).toBe(409);
    await post('/v1/devices', { id: 'dev-2', station: 'ST1', external_id: 'dev-1' });
    expect((await post('/v1/gateways/ns-1/assign', { devices: ['dev-1', 'dev-2'] })).status).toBe(409);
    expect((await post('/v1/gateways', GATEWAY, {})).status).toBe(401);
  });
});
