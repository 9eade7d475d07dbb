import { describe, expect, test } from 'vitest';
import { DeviceSecret } from '#registry/schema.ts';
import { GatewaySecret } from '#api/gateways/schema.ts';
import { seconds } from '#model/base/duration.ts';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';

const CHIRPSTACK = {
  deviceInfo: { applicationId: '17c82e96-0000-4000-8000-000000000002', devEui: '70b3d57ed0051a03' },
  object: { stage: 1.25 },
};
const TTN = { end_device_ids: { device_id: 'pbg-r05', application_ids: { application_id: 'sungai-pbg' } } };

const withGateway = async (kind: 'chirpstack' | 'ttn' | 'plain', settings = {}) => {
  const started = await testApi(settings);
  const { secret } = await answerOf(
    await started.post('/v1/gateways', { id: 'ns-1', kind, devices: ['dev-1'] }),
    GatewaySecret,
  );
  const forward = (body: unknown, query = '', token = secret): Promise<Response> =>
    fetch(`${started.url}/v1/gateways/ns-1/events${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const forwarded = (): readonly string[] =>
    started.broker.heard.flatMap(({ call }) => {
      const url = new URL(call.split(' ')[1] ?? '', 'http://broker');
      return url.pathname === '/forward' ? [`${url.searchParams.get('gateway')} ${url.searchParams.get('topic')}`] : [];
    });
  return { ...started, secret, forward, forwarded };
};

describe('POST /v1/gateways/{gateway}/events', () => {
  test.for([
    ['?event=up', 'up'],
    ['', 'up'],
    ['?event=status', 'status'],
    ['?event=ack', 'ack'],
  ] as const)(
    'takes what ChirpStack posts with "%s" as its event %s, and answers when it is synced',
    async ([query, event]) => {
      const { forward, forwarded } = await withGateway('chirpstack');
      const answer = await forward(CHIRPSTACK, query);
      expect([answer.status, await answer.json()]).toEqual([202, { journal: 'j-1', sequence: 1 }]);
      expect(forwarded()).toEqual([
        `ns-1 application/17c82e96-0000-4000-8000-000000000002/device/70b3d57ed0051a03/event/${event}`,
      ]);
    },
  );

  test.for([
    ['uplink_message', 'up'],
    ['join_accept', 'join'],
    ['downlink_ack', 'down/ack'],
    ['downlink_failed', 'down/failed'],
    ['something_new', 'other'],
  ] as const)('takes a %s of The Things Stack as its event %s', async ([member, event]) => {
    const { forward, forwarded } = await withGateway('ttn');
    expect((await forward({ ...TTN, [member]: {} })).status).toBe(202);
    expect(forwarded()).toEqual([`ns-1 v3/sungai-pbg/devices/pbg-r05/${event}`]);
  });

  test('answers 204 to what is of no use', async () => {
    const { forward, broker } = await withGateway('chirpstack');
    broker.answer('/forward', 200, '{"ignored":true}');
    expect((await forward(CHIRPSTACK, '?event=join')).status).toBe(204);
  });

  test('keeps an uplink that cannot be read, in the name of the gateway, and no other such event', async () => {
    const { forward, forwarded } = await withGateway('chirpstack');
    expect((await forward('\u0008protobuf', '?event=up')).status).toBe(202);
    expect((await forward({ deviceInfo: { devEui: 'nonsense' } })).status).toBe(202);
    expect((await forward('{', '?event=txack')).status).toBe(204);
    expect(forwarded()).toEqual(Array(2).fill('ns-1 v1/ns-1/readings/chirpstack'));
  });

  test('lets in the secrets of this gateway alone, also while one is rotated, and none once it is revoked', async () => {
    const { post, forward, secret } = await withGateway('chirpstack');
    const device = await answerOf(await post('/v1/devices/dev-1/rotate', {}), DeviceSecret);
    for (const wrong of ['', 'nonsense', device.secret]) {
      expect(await problemOf(await forward(CHIRPSTACK, '', wrong))).toMatchObject({ code: 'CREDENTIALS_REFUSED' });
    }
    const rotated = await answerOf(await post('/v1/gateways/ns-1/rotate', {}), GatewaySecret);
    expect((await forward(CHIRPSTACK, '', rotated.secret)).status).toBe(202);
    expect((await forward(CHIRPSTACK, '', secret)).status).toBe(202);
    await post('/v1/gateways/ns-1/rotate', { finish: true });
    expect((await forward(CHIRPSTACK, '', secret)).status).toBe(401);
    await post('/v1/gateways/ns-1/revoke', undefined);
    expect((await forward(CHIRPSTACK, '', rotated.secret)).status).toBe(401);
  });

  test('lets no gateway post in the name of a device, and none of kind plain', async () => {
    const { url, post, forward, secret } = await withGateway('plain');
    const posted = await fetch(`${url}/v1/devices/ns-1/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: '{}',
    });
    expect(posted.status).toBe(401);
    const device = await answerOf(await post('/v1/devices/dev-1/rotate', {}), DeviceSecret);
    const asGateway = await fetch(`${url}/v1/gateways/dev-1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${device.secret}` },
      body: '{}',
    });
    expect(asGateway.status).toBe(401);
    expect(await problemOf(await forward(CHIRPSTACK))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  test('answers 503 with a time to come back while the broker is away', async () => {
    const { forward, broker } = await withGateway('chirpstack');
    await broker.goAway();
    const answer = await forward(CHIRPSTACK);
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
  });
});

test('a gateway with too many posts under way gets a Retry-After', async () => {
  const { forward, broker, log, clock } = await withGateway('chirpstack', { limits: { postsPerDevice: 1 } });
  broker.answer('/forward', undefined);
  const held = forward(CHIRPSTACK);
  await eventually(() => expect(broker.heard.some(({ call }) => call.includes('/forward'))).toBe(true));
  const over = forward(CHIRPSTACK);
  await eventually(() => expect(JSON.stringify(log.lines)).toContain('"limit":"posts-per-device"'));
  await clock.advance(seconds(1));
  expect(await problemOf(await over)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  broker.dropCalls();
  expect((await held).status).toBe(503);
});
