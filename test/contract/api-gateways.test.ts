import { describe, expect, test } from 'vitest';
import { GatewayList, GatewaySecret } from '#ingest/api/schemas/gateway.ts';
import { gatewayOf } from '#model/gateway.ts';
import { answerOf, problemOf, testApi } from '#test/support/api.ts';

const GATEWAY = { id: 'ns-1', kind: 'chirpstack', devices: ['dev-1'] };

describe('/v1/gateways', () => {
  test('registers a gateway with its devices, tells its secret once, and shuts it out again', async () => {
    const { get, post, operations } = await testApi();
    const answer = await post('/v1/gateways', GATEWAY);
    expect(answer.status).toBe(201);
    const { secret } = await answerOf(answer, GatewaySecret);
    const listed = await (await get('/v1/gateways')).text();
    expect(GatewayList.parse(JSON.parse(listed)).gateways).toEqual([{ ...GATEWAY, revoked: false }]);
    expect(listed).not.toContain(secret);
    expect(gatewayOf(operations.registry(), 'dev-1')).toMatchObject({ id: 'ns-1', kind: 'chirpstack' });
    expect((await post('/v1/gateways/ns-1/revoke', undefined)).status).toBe(200);
    expect(operations.secretHashes('ns-1', 0)).toEqual([]);
    expect((await post('/v1/gateways', { ...GATEWAY, kind: 'plain' })).status).toBe(201);
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
