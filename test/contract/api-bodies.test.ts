import { request } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GatewaySecret } from '#api/gateways/schema.ts';
import { milliseconds } from '#model/base/duration.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { hashSecret } from '#model/base/secret.ts';
import { aDevice, answerOf, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { anyBytes } from '#test/support/builders/hostile-text.ts';

const secretKey = Buffer.alloc(32, 7);
const SECRET = 'the-secret-of-dev-1';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Where bodies come in: of a device, of a gateway. */
interface Door {
  readonly api: TestApi;
  readonly path: string;
  readonly secret: string;
  readonly send: (body: Uint8Array, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** Bodies that were handed to the broker. */
  readonly journaled: () => readonly string[];
}

const doorOf = (api: TestApi, path: string, secret: string): Door => ({
  api,
  path,
  secret,
  send: (body, headers = {}) =>
    fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, ...JSON_TYPE, ...headers },
      body: Uint8Array.from(body),
    }),
  journaled: () =>
    api.broker.heard.flatMap(({ call, body }) => (/^POST \/(?:append|forward)\?/.test(call) ? [body] : [])),
});

const ofDevice = async (limits: object = {}, rates: object = {}, settings: object = {}): Promise<Door> => {
  const api = await testApi({ limits, ...settings }, { secretKey, rates: RateSettings.parse(rates) });
  await api.operations.changeRegistry([
    { kind: 'add-secret', device: 'dev-1', hash: hashSecret(secretKey, SECRET), at: 0 },
  ]);
  return doorOf(api, '/v1/devices/dev-1/readings', SECRET);
};

const ofGateway = async (): Promise<Door> => {
  const api = await testApi({}, { secretKey });
  const made = await api.post('/v1/gateways', { id: 'ns-1', kind: 'chirpstack', devices: ['dev-1'] });
  return doorOf(api, '/v1/gateways/ns-1/events', (await answerOf(made, GatewaySecret)).secret);
};

const ENCODED: readonly (readonly [encoding: string, encode: (body: Uint8Array) => Uint8Array])[] = [
  ['gzip', (body) => gzipSync(body)],
  ['x-gzip', (body) => gzipSync(body)],
  ['GZIP', (body) => Buffer.concat([gzipSync(body.subarray(0, 3)), gzipSync(body.subarray(3))])],
  ['gzip', (body) => Buffer.concat([gzipSync(body), Buffer.alloc(7)])],
  ['identity, gzip', (body) => gzipSync(body)],
  ['deflate', (body) => deflateSync(body)],
  ['deflate', (body) => deflateRawSync(body)],
  ['identity', (body) => body],
];

const READING = Buffer.from('{"values":{"pm2_5":38.5}}');
const MOST = 2 ** 20;

/** Sends a head of a request by hand, and gives the status of the answer. */
const statusOf = async ({ api, path, secret }: Door, head: readonly string[]): Promise<string> => {
  const socket = connect(api.api.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  const lines = [`POST ${path} HTTP/1.1`, 'host: localhost', `authorization: Bearer ${secret}`, ...head];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await eventually(() => expect(said).toContain('"code"'));
  return `${/ (\d{3}) /.exec(said)?.[1]} ${/"code":"(\w+)"/.exec(said)?.[1]}`;
};

describe.for([
  { door: 'a device', open: () => ofDevice() },
  { door: 'a gateway', open: ofGateway },
])('a body of $door', ({ open }) => {
  test.for(ENCODED)('that comes as %s is decoded before it is journaled', async ([encoding, encode]) => {
    const door = await open();
    const answer = await door.send(encode(READING), { 'content-encoding': encoding });
    expect(answer.status).toBe(202);
    expect(door.journaled()).toEqual([READING.toString()]);
  });

  test.for([
    ['br', brotliCompressSync(READING)],
    ['zstd', zstdCompressSync(READING)],
    ['gzip, gzip', gzipSync(gzipSync(READING))],
    ['aes128gcm', READING],
  ] as const)('that comes as %s is refused, and what is decoded is named', async ([encoding, body]) => {
    const door = await open();
    const answer = await door.send(body, { 'content-encoding': encoding });
    expect(answer.headers.get('accept-encoding')).toBe('gzip, deflate');
    const problem = await problemOf(answer);
    expect(problem).toMatchObject({ status: 415, code: 'ENCODING_UNKNOWN' });
    expect(problem.detail).toContain('gzip or deflate');
    expect(door.journaled()).toEqual([]);
  });

  test.for([
    ['gzip', 'is cut off', gzipSync(READING).subarray(0, -9)],
    ['gzip', 'is none', READING],
    ['gzip', 'has something behind it', Buffer.concat([gzipSync(READING), Buffer.from('and more')])],
    ['gzip', 'is zlib', deflateSync(READING)],
    ['deflate', 'is cut off', deflateSync(READING).subarray(0, -3)],
    ['deflate', 'is none', READING],
    ['deflate', 'has something behind it', Buffer.concat([deflateSync(READING), Buffer.from('and more')])],
    ['deflate', 'is bare and has something behind it', Buffer.concat([deflateRawSync(READING), Buffer.from('more')])],
    ['deflate', 'needs a dictionary', deflateSync(READING, { dictionary: Buffer.from('values') })],
  ] as const)('whose %s %s is refused', async ([encoding, , body]) => {
    const door = await open();
    const refused = await problemOf(await door.send(body, { 'content-encoding': encoding }));
    expect(refused).toMatchObject({ status: 400, code: 'ENCODING_UNREADABLE' });
    expect(door.journaled()).toEqual([]);
  });

  test('that is empty, before or after decoding, is refused', async () => {
    const door = await open();
    const empty = new Uint8Array();
    const bodies = [door.send(empty), door.send(empty, { 'content-encoding': 'gzip' })];
    const decoded = [gzipSync(empty), Buffer.concat([gzipSync(empty), gzipSync(empty)])].map((body) =>
      door.send(body, { 'content-encoding': 'gzip' }),
    );
    for (const answer of await Promise.all([
      ...bodies,
      ...decoded,
      door.send(deflateSync(empty), { 'content-encoding': 'deflate' }),
    ])) {
      expect(await problemOf(answer)).toMatchObject({ status: 400, code: 'PAYLOAD_EMPTY' });
    }
    expect(await statusOf(door, ['transfer-encoding: chunked', '', '0'])).toBe('400 PAYLOAD_EMPTY');
    expect(door.journaled()).toEqual([]);
  });

  test('that is not there, and of which no length is said, is refused', async () => {
    const door = await open();
    expect(await statusOf(door, [])).toBe('411 LENGTH_MISSING');
    expect(await statusOf(door, ['content-type: application/json'])).toBe('411 LENGTH_MISSING');
    expect(door.journaled()).toEqual([]);
  });

  test('may be as large as a packet decoded, and no larger', async () => {
    const door = await open();
    const body = Buffer.alloc(MOST + 1, 0x20);
    const whole = await door.send(gzipSync(body.subarray(1)), { 'content-encoding': 'gzip' });
    expect(whole.status).toBe(202);
    for (const [encoding, encode] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
    ] as const) {
      const refused = await problemOf(await door.send(encode(body), { 'content-encoding': encoding }));
      expect(refused).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    }
    expect(door.journaled()).toHaveLength(1);
  });

  test('of an array with too many is refused, and one with as many as allowed is taken', async () => {
    const door = await open();
    const array = (length: number): Buffer => Buffer.from(JSON.stringify(Array.from({ length }, () => ({ pm2_5: 1 }))));
    expect((await door.send(array(1_000))).status).toBe(202);
    const refused = await problemOf(await door.send(array(1_001)));
    expect(refused).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LONG' });
    expect(refused.detail).toContain('1001');
    const zipped = await door.send(gzipSync(array(1_001)), { 'content-encoding': 'gzip' });
    expect(zipped.status).toBe(413);
    expect(door.journaled()).toHaveLength(1);
  });
});

test('any bytes but none are journaled as they were before they were encoded', async () => {
  const door = await ofDevice({}, { messagesPerSecond: 1e6, bytesPerSecond: 1e9 });
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.constantFrom(...ENCODED), async (bytes, [encoding, encode]) => {
      const before = door.journaled().length;
      const { status } = await door.send(encode(bytes), { 'content-encoding': encoding });
      expect(status).toBe(bytes.byteLength === 0 ? 400 : 202);
      expect(door.journaled().slice(before)).toEqual(
        bytes.byteLength === 0 ? [] : [Buffer.from(bytes).toString('utf8')],
      );
    }),
  );
});

test('a body that may be stored once something is mended is journaled, however wrong it is now', async () => {
  const door = await ofDevice();
  for (const body of ['{"not json', '[1, 2', '{"values":{"unknown":1}}', '"text"', '{}', '[]']) {
    expect((await door.send(Buffer.from(body))).status, body).toBe(202);
  }
  expect(door.journaled()).toHaveLength(6);
});

test('an array is counted by the codec that reads it', async () => {
  const door = await ofDevice();
  await door.api.operations.changeRegistry([{ kind: 'put-device', device: aDevice({ codec: 'lpp' }) }]);
  const array = Buffer.from(JSON.stringify(Array.from({ length: 1_001 }, () => 1)));
  expect((await door.send(array, { 'content-type': 'application/octet-stream' })).status).toBe(202);
  expect((await door.send(array)).status).toBe(413);
  const named = { ...door, ...doorOf(door.api, `${door.path}/json`, SECRET) };
  expect((await named.send(array, { 'content-type': 'application/octet-stream' })).status).toBe(413);
});

describe('what a body is decoded to', () => {
  const LARGE = gzipSync(Buffer.alloc(500_000, 0x20));
  const GZIP = { 'content-encoding': 'gzip' };

  test('counts in the rate of its device', async () => {
    const door = await ofDevice({ postWait: '1s' }, { bytesPerSecond: 65_536, burst: '1s' });
    expect((await door.send(LARGE, GZIP)).status).toBe(202);
    const second = door.send(LARGE, GZIP);
    await eventually(() => expect(JSON.stringify(door.api.log.lines)).toContain('"limit":"device-bytes"'));
    await door.api.clock.advance(milliseconds(1_000));
    expect(await problemOf(await second)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  });

  test('counts in memory until the journal has answered', async () => {
    const door = await ofDevice({ postBytes: 600_000 }, {}, { maxBodyBytes: 600_000 });
    door.api.broker.answer('/append', undefined);
    const held = door.send(LARGE, GZIP);
    await eventually(() => expect(door.journaled()).toHaveLength(1));
    expect(await problemOf(await door.send(LARGE, GZIP))).toMatchObject({ status: 503, code: 'SERVICE_BUSY' });
    expect(await (await door.api.get('/metrics')).text()).toContain('klawing_api_limited_total{limit="post-bytes"} 1');
    door.api.broker.dropCalls();
    expect((await held).status).toBe(503);
    door.api.broker.answer('/append', 200, '{"journal":"j-1","sequence":7}');
    expect((await door.send(LARGE, GZIP)).status).toBe(202);
  });
});

test('a body without a length that comes in pieces is decoded too', async () => {
  const { api, path, secret, journaled } = await ofDevice();
  const answered = new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, ...JSON_TYPE, 'content-encoding': 'gzip' };
    const sent = request(`${api.url}${path}`, { method: 'POST', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject);
    for (const byte of gzipSync(READING)) sent.write(Buffer.of(byte));
    sent.end();
  });
  expect(await answered).toBe(202);
  expect(journaled()).toEqual([READING.toString()]);
});
