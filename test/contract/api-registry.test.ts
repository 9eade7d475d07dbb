import { describe, expect, test } from 'vitest';
import { aDevice, answerOf, asOperator, problemOf, testApi } from '#test/support/servers/api.ts';
import { Applied, DeviceDocument, DeviceSecret, DeviceSecrets } from '#registry/schema.ts';
import { hours, seconds } from '#model/base/duration.ts';
import { hashSecret, isSameHash } from '#model/base/secret.ts';

const secretKey = Buffer.alloc(32, 7);
const RIVER = { id: 'PBG-R03', family: 'river', name: 'Klawing – Bancar', lat: -7.39, lon: 109.375 };

describe('POST /v1/stations', () => {
  test('adds a station once, and informs the broker', async () => {
    const { post, operations, broker } = await testApi();
    expect((await post('/v1/stations', RIVER)).status).toBe(201);
    expect(operations.registry().stations.get('PBG-R03')).toEqual({ ...RIVER, attributes: {} });
    expect(broker.heard.map(({ call }) => call)).toContain('POST /registry-changed?');
    expect((await post('/v1/stations', RIVER)).status).toBe(200);
    expect(await problemOf(await post('/v1/stations', { ...RIVER, lat: 0 }))).toMatchObject({
      status: 409,
      code: 'CONFLICT',
    });
  });

  test('holds a name with half a surrogate pair in a form that every reader of JSON takes', async () => {
    const { post, get, operations } = await testApi();
    expect((await post('/v1/stations', { ...RIVER, name: 'a\uD800', attributes: { '\uDC00': '\uD83D' } })).status).toBe(
      201,
    );
    const whole = { name: 'a\uFFFD', attributes: { '\uFFFD': '\uFFFD' } };
    expect(operations.registry().stations.get('PBG-R03')).toMatchObject(whole);
    expect(await (await get('/v1/stations/PBG-R03')).json()).toMatchObject(whole);
  });

  test('goes on without the broker, and says so in the log', async () => {
    const { post, broker, log } = await testApi();
    await broker.goAway();
    expect((await post('/v1/stations', RIVER)).status).toBe(201);
    const warnings = log.lines.filter(({ level, event }) => level === 'warn' && event !== 'console not built');
    expect(warnings).toHaveLength(1);
  });

  test.for([
    [{ ...RIVER, lat: 91 }, 'body member "lat"'],
    [{ ...RIVER, id: 'a b' }, 'for example "bukateja-1"'],
    [{ ...RIVER, colour: 'blue' }, 'colour'],
    [{ ...RIVER, family: 'no-such-family' }, 'air, river, waste, weather'],
    [undefined, 'the body'],
  ] as const)('says what is wrong with a body (%#)', async ([body, part]) => {
    const { post } = await testApi();
    const problem = await problemOf(await post('/v1/stations', body));
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(problem.detail).toContain(part);
  });

  test('refuses a body that is no JSON', async () => {
    const { url } = await testApi();
    const headers = { authorization: 'Bearer the-operator-token-of-a-test', 'content-type': 'application/json' };
    const broken = await fetch(`${url}/v1/stations`, { method: 'POST', headers, body: '{"id":' });
    expect(await problemOf(broken)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    const typed = await fetch(`${url}/v1/stations`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/xml' },
      body: '<a/>',
    });
    expect(await problemOf(typed)).toMatchObject({ status: 415, code: 'REQUEST_INVALID' });
  });
});

describe('devices', () => {
  test('are added with a valid secret that is shown once', async () => {
    const { post, get, operations } = await testApi({}, { secretKey });
    const answer = await post('/v1/devices', { id: 'dev-2', station: 'ST1' });
    expect(answer.status).toBe(201);
    const { device, secret } = await answerOf(answer, DeviceSecret);
    expect(device).toBe('dev-2');
    expect(operations.secretHashes('dev-2', 0).some((hash) => isSameHash(hash, hashSecret(secretKey, secret)))).toBe(
      true,
    );
    const text = await (await get('/v1/devices')).text();
    expect(text).toContain('"id":"dev-2"');
    expect(text).not.toContain(secret);
  });

  test('are confirmed only to a client with the secret', async () => {
    const { post } = await testApi();
    const body = { id: 'dev-2', station: 'ST1', secret: 'a-chosen-secret-of-16' };
    expect((await post('/v1/devices', body)).status).toBe(201);
    expect(await (await post('/v1/devices', body)).json()).toEqual({ device: 'dev-2', secret: body.secret });
    expect((await post('/v1/devices', { id: 'dev-2', station: 'ST1' })).status).toBe(409);
    expect((await post('/v1/devices', { ...body, secret: 'another-secret-of-16' })).status).toBe(409);
    expect((await post('/v1/devices', { ...body, every: '5m' })).status).toBe(409);
  });

  test.for([
    [{ id: 'dev-3', station: 'ST9' }, 'ST9'],
    [{ id: 'dev-3', station: 'ST1', codec: 'morse' }, 'json'],
    [{ id: 'alerts', station: 'ST1' }, 'not "alerts"'],
    [{ id: 'dev-3', station: 'ST1', secret: 'short' }, '16 characters'],
    [{ id: 'dev-3', station: 'ST1', every: 'often' }, 'for example "60s"'],
    [{ id: 'dev-3', station: 'ST1', fields: { t: { property: 'heat' } } }, 'temperature'],
    [{ id: 'dev-3', station: 'ST1', fields: { t: { property: 'temperature', unit: 'kg' } } }, 'UCUM'],
    [{ id: 'dev-3', station: 'ST1', fields: { t: { property: 'temperature', unit: 'inch' } } }, 'UCUM'],
  ] as const)('that could never deliver are refused (%#)', async ([body, part]) => {
    const { post, operations } = await testApi();
    const problem = await problemOf(await post('/v1/devices', body));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(part);
    expect(operations.registry().devices.has('dev-3')).toBe(false);
  });

  test('are added a thousand at once, all or none', async () => {
    const { post, operations } = await testApi();
    const devices = Array.from({ length: 1_000 }, (_, i) => ({ id: `sim-${i}`, station: 'ST1' }));
    const { devices: issued } = await answerOf(await post('/v1/devices/batch', { devices }), DeviceSecrets);
    expect(issued).toHaveLength(1_000);
    expect(operations.registry().devices.size).toBe(1_001);
    const { revision } = operations.registry();
    const mixed = {
      devices: [
        { id: 'sim-new', station: 'ST1' },
        { id: 'sim-1', station: 'ST1' },
      ],
    };
    expect((await post('/v1/devices/batch', mixed)).status).toBe(409);
    expect(operations.registry().revision).toBe(revision);
  });

  test('keep the secret before a rotation until the next one', async () => {
    const { post, operations } = await testApi({}, { secretKey });
    const rotate = async () => (await answerOf(await post('/v1/devices/dev-1/rotate', {}), DeviceSecret)).secret;
    const secrets = [await rotate(), await rotate(), await rotate()];
    const valid = (secret: string) =>
      operations.secretHashes('dev-1', 0).some((hash) => isSameHash(hash, hashSecret(secretKey, secret)));
    expect(secrets.map(valid)).toEqual([false, true, true]);
    expect(await problemOf(await post('/v1/devices/nobody/rotate', {}))).toMatchObject({ status: 404 });
  });

  test('are revoked, disconnected, and admitted again by adding them', async () => {
    const { post, operations, broker } = await testApi();
    expect(await (await post('/v1/devices/dev-1/revoke', {})).json()).toEqual({ device: 'dev-1', connections: 1 });
    expect(broker.heard.slice(-2).map(({ call }) => call)).toEqual([
      'POST /disconnect?device=dev-1',
      'POST /registry-changed?',
    ]);
    expect(operations.secretHashes('dev-1', 0)).toHaveLength(0);
    expect((await post('/v1/devices/dev-1/rotate', {})).status).toBe(409);
    expect((await post('/v1/devices', { id: 'dev-1', station: 'ST1' })).status).toBe(201);
    expect(operations.registry().devices.get('dev-1')?.revoked).toBe(false);
  });
});

describe('POST /v1/registry/apply', () => {
  test('says what would change, changes it, and then has nothing to change', async () => {
    const { post, operations } = await testApi();
    const before = operations.registry().stations.get('ST1');
    const document = {
      stations: [{ id: 'ST1', family: 'air', name: 'Bukateja, balai desa', lat: -7.4283, lon: 109.4299 }, RIVER],
      devices: [{ id: 'pbg-r03', station: 'PBG-R03', every: '5m' }],
    };
    const changes = [
      {
        what: 'station',
        id: 'ST1',
        change: 'changed',
        changes: [{ member: 'name', before: before?.name, after: 'Bukateja, balai desa' }],
      },
      { what: 'station', id: 'PBG-R03', change: 'added', changes: [] },
      { what: 'device', id: 'pbg-r03', change: 'added', changes: [] },
      { what: 'device', id: 'dev-1', change: 'removed', changes: [] },
    ];
    const dry = await (await post('/v1/registry/apply?dryRun=true', document)).json();
    expect(dry).toMatchObject({ dry_run: true, changes, secrets: [] });
    expect(operations.registry().stations.size).toBe(1);
    const done = await (await post('/v1/registry/apply', document)).json();
    expect(done).toMatchObject({ dry_run: false, changes, secrets: [{ device: 'pbg-r03' }] });
    expect([...operations.registry().devices.keys()]).toEqual(['pbg-r03']);
    expect(await (await post('/v1/registry/apply', document)).json()).toMatchObject({ changes: [], secrets: [] });
  });

  test('leaves the devices alone where the document has none', async () => {
    const { post, operations } = await testApi();
    const { id, family, name, lat, lon } = [...operations.registry().stations.values()][0] ?? { id: '' };
    const answer = await answerOf(
      await post('/v1/registry/apply', { stations: [{ id, family, name, lat, lon }] }),
      Applied,
    );
    expect(answer.changes).toEqual([]);
    expect(operations.registry().devices.get('dev-1')).toEqual(aDevice());
  });

  test('takes no station away under a device', async () => {
    const { post, operations } = await testApi();
    const refused = await problemOf(await post('/v1/registry/apply', { stations: [RIVER] }));
    expect(refused).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(refused.detail).toContain('dev-1');
    expect(operations.registry().stations.has('ST1')).toBe(true);
  });

  test('empties the registry, and fills it again', async () => {
    const { post, operations } = await testApi();
    expect((await post('/v1/registry/apply', { stations: [], devices: [] })).status).toBe(200);
    expect(operations.registry().stations.size + operations.registry().devices.size).toBe(0);
    expect((await post('/v1/registry/apply', { stations: [RIVER] })).status).toBe(200);
  });
});

describe('PATCH /v1/devices/{device}', () => {
  const patch = (url: string, body: unknown, device = 'dev-1'): Promise<Response> =>
    fetch(`${url}/v1/devices/${device}`, {
      method: 'PATCH',
      headers: { ...asOperator, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('changes the named members, leaves the rest, and informs the broker', async () => {
    const { url, operations, broker } = await testApi();
    const answer = await patch(url, { silent_after: '6h', fields: { PM25: { property: 'pm2_5', scale: 0.1 } } });
    expect(await answerOf(answer, DeviceDocument)).toMatchObject({ every: '1m', silent_after: '6h', codec: 'json' });
    expect(operations.registry().devices.get('dev-1')).toEqual(
      aDevice({ silentAfter: hours(6), fields: { PM25: { property: 'pm2_5', scale: 0.1 } } }),
    );
    expect(broker.heard.map(({ call }) => call)).toContain('POST /registry-changed?');
    expect((await patch(url, { every: '30s', fields: { PM25: { property: 'pm10' } } })).status).toBe(200);
    expect(operations.registry().devices.get('dev-1')).toMatchObject({
      every: seconds(30),
      silentAfter: hours(6),
      fields: { PM25: { property: 'pm10', scale: 0.1 } },
    });
    expect((await patch(url, { silent_after: null, fields: { PM25: null } })).status).toBe(200);
    expect(operations.registry().devices.get('dev-1')).toEqual(aDevice({ every: seconds(30) }));
  });

  test('names fields that are ignored, and removes the list', async () => {
    const { url, operations } = await testApi();
    const fields = { t: { property: 'temperature', missing: [-127, 85] } };
    const answer = await patch(url, { ignored: ['linkquality', 'rssi_bar'], fields });
    expect(await answerOf(answer, DeviceDocument)).toMatchObject({ ignored: ['linkquality', 'rssi_bar'], fields });
    expect(operations.registry().devices.get('dev-1')).toEqual(
      aDevice({ ignored: ['linkquality', 'rssi_bar'], fields }),
    );
    expect((await patch(url, { ignored: null, fields: { t: null } })).status).toBe(200);
    expect(operations.registry().devices.get('dev-1')).toEqual(aDevice());
  });

  test.for([
    [{ fields: { a: { property: 'pm3' } } }, 400, 'it has pm1'],
    [{ ignored: ['a'], fields: { a: { property: 'pm10' } } }, 400, 'mapped and ignored'],
    [{ fields: { a: { scale: 2 } } }, 400, 'it needs "property"'],
    [{ codec: 'morse' }, 400, 'morse'],
    [{ silent_after: '10ms' }, 400, 'silent_after'],
    [{ station: 'ST2' }, 400, 'station'],
  ] as const)('refuses what could deliver nothing (%#)', async ([body, status, part]) => {
    const { url, operations } = await testApi();
    const problem = await problemOf(await patch(url, body));
    expect(problem.status).toBe(status);
    expect(problem.detail).toContain(part);
    expect(operations.registry().devices.get('dev-1')).toEqual(aDevice());
  });

  test('is for a device that is registered, by the operator', async () => {
    const { url } = await testApi();
    expect((await patch(url, { every: '30s' }, 'nobody')).status).toBe(404);
    expect((await fetch(`${url}/v1/devices/dev-1`, { method: 'PATCH' })).status).toBe(401);
  });
});

test('the date of installation of a device is added, shown, changed and taken away', async () => {
  const { url, post, operations } = await testApi();
  const send = async (body: object) =>
    fetch(`${url}/v1/devices/new-1`, {
      method: 'PATCH',
      headers: { ...asOperator, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const added = { id: 'new-1', station: 'ST1', installed_at: '2024-02-29' };
  expect((await post('/v1/devices', added)).status).toBe(201);
  const shown = async () => answerOf(await fetch(`${url}/v1/devices/new-1`), DeviceDocument);
  expect(await shown()).toMatchObject({ id: 'new-1', installed_at: '2024-02-29' });
  expect(operations.registry().devices.get('new-1')?.installedAt).toBe('2024-02-29');
  expect(await answerOf(await send({ installed_at: '2026-11-24' }), DeviceDocument)).toMatchObject({
    installed_at: '2026-11-24',
  });
  for (const wrong of ['2025-02-29', '24-11-2026', 'today']) {
    expect((await problemOf(await send({ installed_at: wrong }))).detail).toMatch(/installed_at.*a date such as/);
  }
  expect((await send({ installed_at: null })).status).toBe(200);
  expect(await shown()).not.toHaveProperty('installed_at');
  expect((await problemOf(await fetch(`${url}/v1/devices/nobody`))).status).toBe(404);
});

test('a device keeps its allowed silence when it is added or applied again without it', async () => {
  const { post, operations } = await testApi();
  expect((await post('/v1/devices', { id: 'sleeper', station: 'ST1', silent_after: '6h' })).status).toBe(201);
  const stations = [{ id: 'ST1', family: 'air', name: 'Bukateja', lat: -7.4283, lon: 109.4299 }];
  const devices = [
    { id: 'dev-1', station: 'ST1', silent_after: '2h' },
    { id: 'sleeper', station: 'ST1' },
  ];
  expect((await post('/v1/registry/apply', { stations, devices })).status).toBe(200);
  const held = operations.registry().devices;
  expect([held.get('dev-1')?.silentAfter, held.get('sleeper')?.silentAfter]).toEqual([hours(2), hours(6)]);
});
