import { describe, expect, test } from 'vitest';
import { ClaimCode, Claimed } from '#ingest/api/schemas/claim.ts';
import { days, minutes } from '#model/duration.ts';
import { hashSecret, isSameHash } from '#model/secret.ts';
import { answerOf, problemOf, type TestApi, testApi } from '#test/support/api.ts';

const secretKey = Buffer.alloc(32, 7);
const NOBODY = {};
const WRONG = '00000-00000-00000';

const codeFor = async ({ post }: TestApi): Promise<string> =>
  (await answerOf(await post('/v1/devices/dev-1/claim-code', {}), ClaimCode)).code;

const started = (doors = {}) => testApi({}, { secretKey, doors });

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

  test('takes ten wrong codes of one address and two hundred in all, and goes on after ten minutes', async () => {
    const api = await started();
    const good = await codeFor(api);
    const tryFrom = (address: string, code = WRONG) =>
      api.post('/v1/claim', { code }, { 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
    for (let i = 0; i < 10; i += 1) expect((await tryFrom('198.51.100.1')).status).toBe(403);
    const limited = await tryFrom('198.51.100.1', good);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await problemOf(limited)).toMatchObject({ status: 429, code: 'CLAIM_LIMITED' });
    for (let i = 10; i < 200; i += 1) expect((await tryFrom(`198.51.100.${(i % 200) + 2}`)).status).toBe(403);
    expect((await tryFrom('203.0.113.1')).status).toBe(429);
    await api.clock.advance(minutes(10));
    expect((await tryFrom('198.51.100.1', good)).status).toBe(200);
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
