import { describe, expect, test } from 'vitest';
import { aDevice, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { hashSecret } from '#model/base/secret.ts';
import { eventually } from '#test/support/eventually.ts';

const secretKey = Buffer.alloc(32, 7);
const SECRET = 'the-secret-of-dev-1';
const PATH = '/v1/devices/dev-1/readings';

const started = async (
  limits: Readonly<Record<string, unknown>> = {},
  rates: Readonly<Record<string, unknown>> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<
  TestApi & { send: (path: string, body: string | Uint8Array<ArrayBuffer>, type?: string) => Promise<Response> }
> => {
  const api = await testApi({ limits, ...settings }, { secretKey, rates: RateSettings.parse(rates) });
  const hash = hashSecret(secretKey, SECRET);
  await api.operations.changeRegistry([{ kind: 'add-secret', device: 'dev-1', hash, at: 0 }]);
  const send = (path: string, body: string | Uint8Array<ArrayBuffer>, type?: string): Promise<Response> => {
    const headers = { authorization: `Bearer ${SECRET}`, ...(type === undefined ? {} : { 'content-type': type }) };
    return fetch(`${api.url}${path}`, { method: 'POST', headers, body });
  };
  return { ...api, send };
};

describe('POST /v1/devices/{device}/readings', () => {
  test('answers 202 with journal and sequence once the broker has synced', async () => {
    const { send, broker } = await started();
    const answer = await send(PATH, '{"values":{"pm2_5":38.5}}', 'application/json; charset=utf-8');
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ journal: 'j-1', sequence: 1 });
    expect(broker.heard.at(-1)).toEqual({
      call: 'POST /append?device=dev-1&topic=v1%2Fdev-1%2Freadings%2Fjson',
      body: '{"values":{"pm2_5":38.5}}',
    });
  });

  test('takes any bytes as they are', async () => {
    const { send, broker } = await started();
    expect((await send(`${PATH}/json`, '{"not json', 'application/json')).status).toBe(202);
    expect(broker.heard.at(-1)?.body).toBe('{"not json');
    expect((await send(PATH, new Uint8Array([0x31, 0x32]))).status).toBe(202);
    expect(broker.heard.at(-1)).toMatchObject({
      call: 'POST /append?device=dev-1&topic=v1%2Fdev-1%2Freadings',
      body: '12',
    });
  });

  test('knows its codecs', async () => {
    const { send } = await started();
    expect(await problemOf(await send(`${PATH}/morse`, '-.-'))).toMatchObject({ status: 404, code: 'CODEC_UNKNOWN' });
    const typed = await problemOf(await send(PATH, 'x', 'application/x-www-form-urlencoded'));
    expect(typed).toMatchObject({ status: 415, code: 'CODEC_UNKNOWN' });
    expect(typed.detail).toContain('application/json');
  });

  test('refuses more than 1 MiB', async () => {
    const { send } = await started();
    expect((await send(`${PATH}/json`, new Uint8Array(2 ** 20))).status).toBe(202);
    const refused = await send(`${PATH}/json`, new Uint8Array(2 ** 20 + 1));
    expect(await problemOf(refused)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  test('asks to try again while the broker is away or the journal is full', async () => {
    const { send, broker } = await started();
    broker.answer('/append', 503, '{"code":"JOURNAL_FULL","detail":"the disk is down to its reserve","retry":true}');
    const full = await send(PATH, '{}', 'application/json');
    expect(full.headers.get('retry-after')).toBe('5');
    expect(await problemOf(full)).toMatchObject({ status: 503, code: 'JOURNAL_FULL' });
    await broker.goAway();
    expect(await problemOf(await send(PATH, '{}', 'application/json'))).toMatchObject({
      status: 503,
      code: 'BROKER_UNREACHABLE',
    });
    await broker.comeBack();
    broker.answer('/append', 200, '{"journal":"j-1","sequence":7}');
    expect((await send(PATH, '{}', 'application/json')).status).toBe(202);
  });
});

describe('a device over its rate', () => {
  const journaled = ({ broker }: Pick<TestApi, 'broker'>): number =>
    broker.heard.filter(({ call }) => call.startsWith('POST /append')).length;

  const limits = { postsPerDevice: 100, postWait: '2s' };
  const rates = { messagesPerSecond: 50, burst: '1s' };

  test('has its posts taken later, none lost, none refused within the wait', async () => {
    const api = await started(limits, rates);
    const answers = Array.from({ length: 90 }, () => api.send(PATH, '{}', 'application/json'));
    await eventually(() => expect(journaled(api)).toBeGreaterThanOrEqual(50));
    expect(journaled(api)).toBeLessThanOrEqual(51);
    for (let i = 0; i < 10; i += 1) await api.clock.advance(milliseconds(100));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 90 }, () => 202));
    expect(journaled(api)).toBe(90);
    expect(JSON.stringify(api.log.lines)).toContain('"limit":"device-messages"');
  });

  test.for([
    ['in messages', { messagesPerSecond: 50, burst: '20ms' }, '{}', 2, 102],
    ['in bytes', { bytesPerSecond: '64KiB', burst: '1s' }, 'x'.repeat(100_000), 1, 2],
  ] as const)(
    '%s gets a Retry-After when the wait would be too long, and nothing of it is accepted',
    async ([, given, body, free, most]) => {
      const api = await started({ ...limits, postsPerDevice: 1_000 }, given);
      const answers = Array.from({ length: 150 }, () => api.send(`${PATH}/json`, body));
      await eventually(async () => {
        const text = await (await api.get('/metrics')).text();
        expect(/klawing_api_limited_total\{limit="device-\w+"\} (\d+)/.exec(text)?.[1]).toBe(String(150 - free));
      });
      for (let i = 0; i < 40; i += 1) await api.clock.advance(milliseconds(100));
      const all = await Promise.all(answers);
      const taken = all.filter(({ status }) => status === 202);
      const refused = all.filter(({ status }) => status === 429);
      expect(taken.length + refused.length).toBe(150);
      expect(taken.length).toBe(journaled(api));
      expect(taken.length).toBe(most);
      expect(refused.length).toBeGreaterThan(0);
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
      expect(await problemOf(refused[0] ?? Response.error())).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    },
  );
});

describe('posts under way', () => {
  test('of one device are bounded, and those of another are served meanwhile', async () => {
    const api = await started({ postsPerDevice: 3 });
    await api.operations.changeRegistry([
      { kind: 'put-device', device: aDevice({ id: 'dev-2' }) },
      { kind: 'add-secret', device: 'dev-2', hash: hashSecret(secretKey, SECRET), at: 0 },
    ]);
    api.broker.answer('/append', undefined);
    const held = Array.from({ length: 3 }, () => api.send(PATH, '{}', 'application/json'));
    await eventually(() => expect(api.broker.heard).toHaveLength(3));
    api.broker.answer('/append', 200, '{"journal":"j-1","sequence":7}');
    const over = api.send(PATH, '{}', 'application/json');
    expect((await api.send('/v1/devices/dev-2/readings', '{}', 'application/json')).status).toBe(202);
    await eventually(() => expect(JSON.stringify(api.log.lines)).toContain('"limit":"posts-per-device"'));
    await api.clock.advance(seconds(1));
    const refused = await over;
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    api.broker.dropCalls();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([503, 503, 503]);
    expect((await api.send(PATH, '{}', 'application/json')).status).toBe(202);
  });

  test.for([
    ['posts', { posts: 2 }, {}],
    ['post-bytes', { postBytes: 10 }, { maxBodyBytes: 10 }],
  ] as const)('in all are bounded by %s, before their bodies are read', async ([limit, limits, settings]) => {
    const api = await started(limits, {}, settings);
    api.broker.answer('/append', undefined);
    const held = Array.from({ length: 2 }, () => api.send(PATH, '{"a":1}'.slice(0, 5), 'application/json'));
    await eventually(() => expect(api.broker.heard).toHaveLength(2));
    const busy = await api.send(PATH, '{"a":1}', 'application/json');
    expect(busy.headers.get('retry-after')).toBe('2');
    expect(await problemOf(busy)).toMatchObject({ status: 503, code: 'SERVICE_BUSY' });
    expect(await (await api.get('/metrics')).text()).toContain(`klawing_api_limited_total{limit="${limit}"} 1`);
    api.broker.dropCalls();
    await Promise.all(held);
    api.broker.answer('/append', 200, '{"journal":"j-1","sequence":7}');
    expect((await api.send(PATH, '{"a":1}', 'application/json')).status).toBe(202);
  });

  test('count until the journal has answered, also where the client has disconnected', async () => {
    const api = await started({ postsPerDevice: 1 });
    api.broker.answer('/append', undefined);
    const gone = new AbortController();
    const left = fetch(`${api.url}${PATH}/json`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}` },
      body: '{}',
      signal: gone.signal,
    }).catch(() => undefined);
    await eventually(() => expect(api.broker.heard).toHaveLength(1));
    gone.abort();
    await left;
    const over = api.send(`${PATH}/json`, '{}');
    await eventually(() => expect(JSON.stringify(api.log.lines)).toContain('"limit":"posts-per-device"'));
    await api.clock.advance(seconds(1));
    expect((await over).status).toBe(429);
  });
});
