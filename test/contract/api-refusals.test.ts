import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { RefusalList } from '#api/devices/refusals-schema.ts';
import { seconds } from '#model/base/duration.ts';
import { hashSecret } from '#model/base/secret.ts';
import { aDevice, answerOf, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';

const secretKey = Buffer.alloc(32, 7);
const SECRET = 'the-secret-of-dev-1';
const NOW = 1_795_489_200_000;

const started = async (): Promise<TestApi> => {
  const api = await testApi({ limits: { postsPerDevice: 1 } }, { secretKey });
  await api.operations.changeRegistry([
    { kind: 'put-device', device: aDevice({ id: 'gone', revoked: true }) },
    { kind: 'add-secret', device: 'dev-1', hash: hashSecret(secretKey, SECRET), at: 0 },
  ]);
  return api;
};

interface Post {
  readonly secret: string;
  readonly body?: string;
  readonly type?: string;
}

const send = async (
  { url }: TestApi,
  device: string,
  { secret, body = '{}', type = 'application/json' }: Post,
): Promise<number> => {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': type };
  return (await fetch(`${url}/v1/devices/${device}/readings`, { method: 'POST', headers, body })).status;
};

const refusals = async (api: TestApi, query = ''): Promise<z.infer<typeof RefusalList>> =>
  answerOf(await api.get(`/v1/refusals${query}`), RefusalList);

describe('GET /v1/refusals', () => {
  test('has the refused posts of a device, with the advice in both languages', async () => {
    const api = await started();
    expect(await send(api, 'dev-1', { secret: 'wrong' })).toBe(401);
    expect(await send(api, 'dev-1', { secret: 'wrong' })).toBe(401);
    expect(await send(api, 'dev-1', { secret: SECRET, body: '' })).toBe(400);
    expect(await send(api, 'dev-1', { secret: SECRET, body: 'x', type: 'text/html' })).toBe(415);
    expect(await send(api, 'dev-1', { secret: SECRET, body: 'x'.repeat(2 ** 20 + 1) })).toBe(413);
    await eventually(async () => {
      const { refusals: found, complete } = await refusals(api, '?name=dev-1');
      expect(complete).toBe(true);
      expect(found.map(({ cause, count, by }) => `${cause} ${count} ${by}`).toSorted()).toEqual([
        'post 2 http',
        'secret 2 http',
        'too-large 1 http',
      ]);
    });
    const [first] = (await refusals(api, '?name=dev-1')).refusals;
    expect(first).toMatchObject({ registered: true, address: '127.0.0.1', at: '2026-11-24T03:00:00.000Z' });
    expect(first?.explanation.id).not.toBe(first?.explanation.en);
  });

  test('has those of names that are not registered, and of a revoked device', async () => {
    const api = await started();
    await send(api, 'no-such', { secret: SECRET });
    await send(api, 'gone', { secret: SECRET });
    await eventually(async () => {
      const found = (await refusals(api)).refusals.map(({ name, cause, registered }) => ({ name, cause, registered }));
      expect(found).toHaveLength(2);
      expect(found).toContainEqual({ name: 'no-such', cause: 'unregistered', registered: false });
      expect(found).toContainEqual({ name: 'gone', cause: 'unregistered', registered: true });
    });
    const strangers = await refusals(api, '?registered=false');
    expect(strangers.refusals.map(({ name }) => name)).toEqual(['no-such']);
  });

  test('has a device over its rate', async () => {
    const api = await started();
    api.broker.answer('/append', undefined);
    const held = send(api, 'dev-1', { secret: SECRET });
    await eventually(() => expect(api.broker.heard).toHaveLength(1));
    const over = send(api, 'dev-1', { secret: SECRET });
    await eventually(() => expect(JSON.stringify(api.log.lines)).toContain('"limit":"posts-per-device"'));
    await api.clock.advance(seconds(1));
    expect(await over).toBe(429);
    api.broker.dropCalls();
    expect(await held).toBe(503);
    await eventually(async () => expect((await refusals(api)).refusals.map(({ cause }) => cause)).toEqual(['rate']));
  });

  test('has those of the broker among them, the newest first, and says when there are more', async () => {
    const api = await started();
    const of = (name: string, at: string) => ({ cause: 'topic', name, registered: true, firstAt: at, at, count: 1 });
    api.broker.answer(
      '/refusals',
      200,
      JSON.stringify({ refusals: [of('a', '2026-11-24T03:01:00Z'), of('b', '2026-11-24T02:00:00Z')] }),
    );
    await send(api, 'dev-1', { secret: 'wrong' });
    await eventually(async () => {
      const { refusals: found } = await refusals(api);
      expect(found.map(({ name, by }) => `${name} ${by}`)).toEqual(['a mqtt', 'dev-1 http', 'b mqtt']);
    });
    expect(await refusals(api, '?limit=1')).toMatchObject({ refusals: [{ name: 'a' }], total: 3 });
  });

  test('says that it is not complete while the broker is away', async () => {
    const api = await started();
    await api.broker.goAway();
    await send(api, 'dev-1', { secret: 'wrong' });
    await eventually(async () => {
      expect(await refusals(api)).toMatchObject({ refusals: [{ name: 'dev-1' }], complete: false });
    });
    await api.broker.comeBack();
    expect((await refusals(api)).complete).toBe(true);
  });

  test('needs the right to read, and refuses a parameter that it does not know', async () => {
    const api = await started();
    expect((await api.get('/v1/refusals', { 'x-forwarded-for': '192.0.2.1' })).status).toBe(401);
    expect(await problemOf(await api.get('/v1/refusals?device=dev-1'))).toMatchObject({ status: 400 });
    expect(api.clock.now()).toBe(NOW);
  });
});
