import { describe, expect, test } from 'vitest';
import { problemOf, type TestApi, testApi } from '#test/support/api.ts';
import { hashSecret } from '#model/secret.ts';

const secretKey = Buffer.alloc(32, 7);
const SECRET = 'the-secret-of-dev-1';
const PATH = '/v1/devices/dev-1/readings';

const started = async (): Promise<
  TestApi & { send: (path: string, body: string | Uint8Array<ArrayBuffer>, type?: string) => Promise<Response> }
> => {
  const api = await testApi({}, { secretKey });
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

  test('takes any bytes as they are, also none', async () => {
    const { send, broker } = await started();
    expect((await send(`${PATH}/json`, '{"not json', 'application/json')).status).toBe(202);
    expect(broker.heard.at(-1)?.body).toBe('{"not json');
    expect((await send(PATH, new Uint8Array([0x31, 0x32]))).status).toBe(202);
    expect(broker.heard.at(-1)).toMatchObject({
      call: 'POST /append?device=dev-1&topic=v1%2Fdev-1%2Freadings',
      body: '12',
    });
    expect((await send(PATH, '')).status).toBe(415);
    expect((await send(PATH, new Uint8Array())).status).toBe(202);
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
