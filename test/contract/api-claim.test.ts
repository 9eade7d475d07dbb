import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ClaimCode, Claimed } from '#api/claims/schema.ts';
import { days, milliseconds, minutes } from '#model/base/duration.ts';
import { hashSecret, isSameHash } from '#model/base/secret.ts';
import { eventually } from '#test/support/eventually.ts';
import { answerOf, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';

const secretKey = Buffer.alloc(32, 7);
const NOBODY = {};
const WRONG = '00000-00000-00000';

const codeFor = async ({ post }: TestApi): Promise<string> =>
  (await answerOf(await post('/v1/devices/dev-1/claim-code', {}), ClaimCode)).code;

const started = (endpoints = {}) => testApi({}, { secretKey, endpoints });

describe('POST /v1/claim', () => {
  test('gives a box its own secret and where to connect, once', async () => {
    const api = await started({ tls_port: 8883 });
    const code = await codeFor(api);
    const claimed = await answerOf(await api.post('/v1/claim', { code: code.toLowerCase() }, NOBODY), Claimed);
    expect(claimed).toMatchObject({ device: 'dev-1', mqtt: { host: '127.0.0.1', tls_port: 8883 } });
    const valid = api.operations.secretHashes('dev-1', api.clock.now());
    expect(valid.map((hash) => isSameHash(hash, hashSecret(secretKey, claimed.secret)))).toEqual([true]);
    const again = await api.post('/v1/claim', { code }, NOBODY);
    expect(await problemOf(again)).toMatchObject({ status: 403, code: 'CLAIM_REFUSED' });
    const log = JSON.stringify(api.log.lines);
    expect(log).toContain('"outcome":"claimed"');
    expect(log).not.toContain(code);
    expect(log).not.toContain(claimed.secret);
  });

  test('is won by one of many boxes that ask at the same time', async () => {
    const api = await started();
    const code = await codeFor(api);
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.post('/v1/claim', { code }, NOBODY)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 7 }, () => 403),
    ]);
    expect(api.operations.secretHashes('dev-1', api.clock.now())).toHaveLength(1);
  });

  test('answers a wrong, a mistyped, a used, an old and a replaced code alike', async () => {
    const api = await started();
    const replaced = await codeFor(api);
    const used = await codeFor(api);
    await api.post('/v1/claim', { code: used }, NOBODY);
    const old = await codeFor(api);
    await api.clock.advance(days(91));
    const answers = await Promise.all(
      [WRONG, 'nonsense', used, old, replaced].map(async (code) => {
        const answer = await api.post('/v1/claim', { code }, NOBODY);
        return JSON.stringify([answer.status, await answer.json()]);
      }),
    );
    expect(new Set(answers).size).toBe(1);
  });

  /** Turns the clock until the answer has come, and says how far. */
  const waited = async (api: TestApi, answer: Promise<Response>): Promise<[Response, ms: number]> => {
    const before = api.clock.monotonic();
    const others = api.clock.waiting();
    let isThere = false;
    void answer.then(() => (isThere = true));
    while (!isThere) {
      // a round trip of its own gives the answer time to come
      await api.get('/healthz');
      if (api.clock.waiting() > others) await api.clock.advance(milliseconds(50));
    }
    return [await answer, api.clock.monotonic() - before];
  };

  const tryFrom = (api: TestApi, address: string, code = WRONG) =>
    api.post('/v1/claim', { code }, { 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });

  test('is slowed down for an address that tries wrong codes, and takes its right one all the same', async () => {
    const api = await started();
    const good = await codeFor(api);
    for (let i = 0; i < 10; i += 1) expect((await tryFrom(api, `2001:db8:1:2::${i + 1}`)).status).toBe(403);
    const [limited, ms] = await waited(api, tryFrom(api, '2001:db8:1:2:ffff::1'));
    expect(ms).toBeGreaterThanOrEqual(200);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await problemOf(limited)).toMatchObject({ status: 429, code: 'CLAIM_LIMITED' });
    for (let i = 0; i < 20; i += 1) await waited(api, tryFrom(api, '2001:db8:1:2::1'));
    const [claimed, late] = await waited(api, tryFrom(api, '2001:db8:1:2::2', good));
    expect(claimed.status).toBe(200);
    expect(late).toBeLessThanOrEqual(5_000);
    expect(JSON.stringify(api.log.lines)).toContain('"limit":"claims-per-address"');
    expect(await (await api.get('/metrics')).text()).toContain(
      'klawing_api_limited_total{limit="claims-per-address"} 21',
    );
    await api.clock.advance(minutes(10));
    expect((await tryFrom(api, '2001:db8:1:2::1')).status).toBe(403);
  });

  test('is not delayed by others: after any number of failures a correct code is accepted within a second', async () => {
    const api = await started();
    const good = await codeFor(api);
    for (let i = 0; i < 200; i += 1) expect((await tryFrom(api, `198.51.100.${(i % 200) + 2}`)).status).toBe(403);
    for (let i = 0; i < 110; i += 1) {
      const [{ status }] = await waited(api, tryFrom(api, `203.0.113.${(i % 200) + 2}`));
      expect(status).toBe(403);
    }
    const [claimed, ms] = await waited(api, tryFrom(api, '192.0.2.1', good));
    expect(claimed.status).toBe(200);
    expect(ms).toBeLessThanOrEqual(1_100);
    expect(JSON.stringify(api.log.lines)).toContain('"limit":"claims"');
    const told = api.log.lines.filter(({ fields }) => fields['outcome'] === 'refused');
    expect(told).toHaveLength(200);
  });

  test('does not use a code for a client that disconnected while it waited', async () => {
    const api = await started();
    const code = await codeFor(api);
    for (let i = 0; i < 10; i += 1) await tryFrom(api, '198.51.100.1');
    const timers = api.clock.waiting();
    const left = connect(api.api.port, '127.0.0.1').on('error', () => undefined);
    const body = JSON.stringify({ code });
    left.write(
      'POST /v1/claim HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 198.51.100.1\r\nx-forwarded-proto: https\r\n',
    );
    left.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await eventually(() => expect(api.clock.waiting()).toBe(timers + 1));
    left.destroy();
    await eventually(() => expect(api.clock.waiting()).toBe(timers));
    expect((await tryFrom(api, '203.0.113.1', code)).status).toBe(200);
  });

  test('accepts the client that a proxy names only from a trusted proxy', async () => {
    const strange = await testApi({ trustedProxies: ['192.0.2.0/24'] }, { secretKey });
    const code = await codeFor(strange);
    const from = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' };
    expect(await problemOf(await strange.post('/v1/claim', { code }, from))).toMatchObject({ code: 'TLS_REQUIRED' });
    const api = await started();
    const again = await codeFor(api);
    expect((await api.post('/v1/claim', { code: again }, { ...from, 'x-forwarded-proto': 'https, http' })).status).toBe(
      403,
    );
    // the last entry is the proxy's own word, and what stands before it is anyone's
    const made = { ...from, 'x-forwarded-for': '127.0.0.1, 203.0.113.9' };
    expect((await api.post('/v1/claim', { code: again }, made)).status).toBe(200);
    expect(api.log.lines.find(({ fields }) => fields['outcome'] === 'claimed')?.fields['address']).toBe('203.0.113.9');
  });

  test('is refused where the answer could be read on the way', async () => {
    const api = await started();
    const code = await codeFor(api);
    const plain = await api.post('/v1/claim', { code }, { 'x-forwarded-for': '198.51.100.1' });
    expect(await problemOf(plain)).toMatchObject({ status: 403, code: 'TLS_REQUIRED' });
    expect((await api.post('/v1/claim', { code }, NOBODY)).status).toBe(200);
  });

  test('gives a new box the place of the one before: the older secrets end', async () => {
    const api = await started();
    await api.post('/v1/devices/dev-1/rotate', {});
    await api.post('/v1/devices/dev-1/rotate', {});
    expect(api.operations.secretHashes('dev-1', api.clock.now())).toHaveLength(2);
    await api.post('/v1/claim', { code: await codeFor(api) }, NOBODY);
    expect(api.operations.secretHashes('dev-1', api.clock.now())).toHaveLength(1);
  });

  test('needs a code that the operator made, for a device that is not revoked', async () => {
    const api = await started();
    expect((await api.post('/v1/devices/dev-1/claim-code', {}, NOBODY)).status).toBe(401);
    expect((await api.post('/v1/devices/nobody/claim-code', {})).status).toBe(404);
    const code = await codeFor(api);
    await api.post('/v1/devices/dev-1/revoke', undefined);
    expect((await api.post('/v1/devices/dev-1/claim-code', {})).status).toBe(409);
    expect((await api.post('/v1/claim', { code }, NOBODY)).status).toBe(403);
  });
});

describe('a rotation', () => {
  test('leaves the older secret valid for 30 days, or until it is finished', async () => {
    const api = await started();
    const count = (): number => api.operations.secretHashes('dev-1', api.clock.now()).length;
    await api.post('/v1/devices/dev-1/rotate', {});
    await api.post('/v1/devices/dev-1/rotate', {});
    await api.clock.advance(days(29));
    expect(count()).toBe(2);
    await api.clock.advance(days(1));
    expect(count()).toBe(1);
    await api.post('/v1/devices/dev-1/rotate', {});
    expect(count()).toBe(2);
    expect((await api.post('/v1/devices/dev-1/rotate', { finish: true })).status).toBe(204);
    expect(count()).toBe(1);
  });
});
