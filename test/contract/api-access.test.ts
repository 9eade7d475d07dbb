import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { GatewaySecret } from '#api/gateways/schema.ts';
import { answerOf, asOperator, OPERATOR, problemOf, READER, testApi } from '#test/support/servers/api.ts';
import { hashSecret } from '#model/base/secret.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A request with a Host of its own, which fetch does not allow. */
const statusFor = (url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('reading', () => {
  test('is open to this machine', async () => {
    const { get } = await testApi();
    for (const path of ['/v1/stations', '/v1/fleet', '/v1/latest', '/v1/devices', '/v1/quarantine', '/metrics']) {
      expect((await get(path)).status).toBe(200);
    }
  });

  const forwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host'];
  test.for(forwarded)('needs a token behind a proxy that sends %s', async (name) => {
    const { get } = await testApi();
    const refused = await get('/v1/stations', { [name]: '127.0.0.1' });
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'TOKEN_REFUSED' });
    expect((await get('/v1/stations', { [name]: '1.2.3.4', ...bearer('wrong') })).status).toBe(401);
    expect((await get('/v1/stations', { [name]: '1.2.3.4', ...bearer(READER) })).status).toBe(200);
    expect((await get('/v1/stations', { [name]: '1.2.3.4', ...bearer(OPERATOR) })).status).toBe(200);
  });

  test('needs a token under a name that is not of this machine', async () => {
    const { url } = await testApi();
    expect(await statusFor(`${url}/v1/stations`, { host: 'rebound.example' })).toBe(401);
    expect(await statusFor(`${url}/v1/stations`, { host: 'localhost:8080' })).toBe(200);
    expect(await statusFor(`${url}/v1/stations`, { host: '[::1]:8080' })).toBe(200);
  });

  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const other = others.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  test.skipIf(other === undefined)('needs a token from an address that is not loopback', async () => {
    const { api } = await testApi({ host: '0.0.0.0' });
    const path = `http://${other}:${api.port}/v1/stations`;
    expect((await fetch(path)).status).toBe(401);
    expect((await fetch(path, { headers: bearer(READER) })).status).toBe(200);
  });

  test('of health and descriptions is open to everyone', async () => {
    const { get } = await testApi();
    for (const path of [
      '/',
      '/icon.svg',
      '/v1/console',
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/docs/faults',
      '/docs/',
    ]) {
      expect((await get(path, { 'x-forwarded-for': '1.2.3.4' })).status).toBe(200);
    }
  });
});

describe('changing', () => {
  const changes = [
    '/v1/stations',
    '/v1/registry/apply',
    '/v1/devices',
    '/v1/devices/batch',
    '/v1/devices/dev-1/move',
    '/v1/devices/dev-1/rotate',
    '/v1/devices/dev-1/revoke',
  ];

  test.for(changes)('%s needs the operator token, also on this machine', async (path) => {
    const { post, operations } = await testApi();
    const before = operations.registry().revision;
    for (const headers of [{}, bearer(READER), bearer('wrong')]) {
      expect(await problemOf(await post(path, {}, headers))).toMatchObject({ status: 401, code: 'TOKEN_REFUSED' });
    }
    expect(operations.registry().revision).toBe(before);
    expect((await post(path, { id: '' }, asOperator)).status).not.toBe(401);
  });
});

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('posting readings', () => {
  const SECRET = 'the-secret:of-dev-1';

  const startPosting = async () => {
    const secretKey = Buffer.alloc(32, 7);
    const api = await testApi({}, { secretKey });
    await api.operations.changeRegistry([
      { kind: 'add-secret', device: 'dev-1', hash: hashSecret(secretKey, SECRET), at: 0 },
    ]);
    const made = await api.post('/v1/gateways', { id: 'ns-1', kind: 'chirpstack', devices: ['dev-1'] });
    return { ...api, gatewaySecret: (await answerOf(made, GatewaySecret)).secret };
  };

  test('takes the secret as Bearer and as the password of Basic, of a device and of a gateway', async () => {
    const { post, gatewaySecret } = await startPosting();
    const readings = '/v1/devices/dev-1/readings';
    for (const headers of [
      bearer(SECRET),
      basic('dev-1', SECRET),
      { authorization: basic('dev-1', SECRET).authorization.replace('Basic', 'basic') },
    ]) {
      expect((await post(readings, { pm2_5: 1 }, headers)).status).toBe(202);
    }
    const events = '/v1/gateways/ns-1/events?event=join';
    for (const headers of [bearer(gatewaySecret), basic('ns-1', gatewaySecret)]) {
      expect((await post(events, {}, headers)).status).toBe(204);
    }
  });

  test('refuses Basic of another user, with another password, or that cannot be read, and asks for either', async () => {
    const { post, broker, gatewaySecret } = await startPosting();
    for (const headers of [
      {},
      basic('dev-1', 'wrong'),
      basic('dev-2', SECRET),
      basic('', SECRET),
      basic('dev-1', ''),
      basic('ns-1', gatewaySecret),
      { authorization: `Basic ${Buffer.from('dev-1').toString('base64')}` },
      { authorization: `Basic dev-1:${SECRET}` },
      { authorization: 'Basic' },
    ]) {
      const refused = await post('/v1/devices/dev-1/readings', { pm2_5: 1 }, headers);
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer .*, Basic /);
      expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'CREDENTIALS_REFUSED' });
    }
    expect(broker.heard.filter(({ call }) => call.includes('/append'))).toHaveLength(0);
  });

  test('is refused in the same words for an unknown device, a wrong secret and a revoked one', async () => {
    const secretKey = Buffer.alloc(32, 7);
    const { post, operations, broker } = await testApi({}, { secretKey });
    await operations.changeRegistry([
      { kind: 'add-secret', device: 'dev-1', hash: hashSecret(secretKey, 'the-secret-of-dev-1'), at: 0 },
    ]);
    const send = async (device: string, secret: string) => {
      const { instance: _, ...rest } = await problemOf(
        await post(`/v1/devices/${device}/readings`, {}, bearer(secret)),
      );
      return rest;
    };
    const wrong = await send('dev-1', 'wrong');
    expect(wrong).toMatchObject({ status: 401, code: 'CREDENTIALS_REFUSED' });
    expect(await send('nobody', 'wrong')).toEqual(wrong);
    expect(await send('dev-1', OPERATOR)).toEqual(wrong);
    await operations.changeRegistry([{ kind: 'revoke', device: 'dev-1' }]);
    expect(await send('dev-1', 'the-secret-of-dev-1')).toEqual(wrong);
    expect(broker.heard.filter(({ call }) => call.includes('/append'))).toHaveLength(0);
  });
});
