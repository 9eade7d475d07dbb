import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seconds } from '#model/base/duration.ts';
import { hashSecret } from '#model/base/secret.ts';
import { type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';

interface Raw {
  readonly socket: Socket;
  said(): string;
  isClosed(): boolean;
}

const raw = ({ api }: Pick<TestApi, 'api'>): Raw => {
  const socket = connect(api.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let said = '';
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  socket.on('error', () => undefined).on('close', () => (isClosed = true));
  return { socket, said: () => said, isClosed: () => isClosed };
};

/** Sends a byte now and then until it is cut. */
const drip = async ({ socket, isClosed }: Raw, text: string): Promise<void> => {
  let at = 0;
  await eventually(() => {
    if (isClosed()) return;
    socket.write(text[at % text.length] ?? '');
    at += 1;
    throw new Error('it is still open');
  });
};

const metric = async ({ get }: TestApi, limit: string): Promise<number> => {
  const text = await (await get('/metrics')).text();
  return Number(new RegExp(`klawing_api_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
};

const isServed = async ({ get }: TestApi): Promise<void> => expect((await get('/healthz')).status).toBe(200);

const LIMITED = { headersTimeout: '300ms', keepAliveTimeout: '300ms' };

describe('a connection', () => {
  test('that says nothing is cut, and a good client is served meanwhile', async () => {
    const api = await testApi({ limits: LIMITED });
    const idle = raw(api);
    await isServed(api);
    await eventually(() => expect(idle.isClosed()).toBe(true));
    expect(await metric(api, 'request-time')).toBe(1);
    expect(api.log.lines.find(({ fields }) => fields['limit'] === 'request-time')?.event).toBe('limited');
  });

  test('whose header drips is cut, however often a byte comes', async () => {
    const api = await testApi({ limits: LIMITED });
    const slow = raw(api);
    slow.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
    await drip(slow, 'a');
    expect(slow.said()).toMatch(/^HTTP\/1\.1 408 /);
    await isServed(api);
  });

  test('whose body drips is cut when the time of a request is over', async () => {
    const api = await testApi({ requestTimeout: '600ms', limits: LIMITED });
    const slow = raw(api);
    slow.socket.write('POST /v1/claim HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n');
    slow.socket.write('content-length: 1000000\r\n\r\n{');
    await drip(slow, ' ');
    await isServed(api);
    expect(await metric(api, 'request-time')).toBe(1);
  });

  test('that goes on saying nothing after an answer is cut', async () => {
    const api = await testApi({ limits: LIMITED });
    const kept = raw(api);
    kept.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => expect(kept.said()).toContain('alive'));
    expect(kept.isClosed()).toBe(false);
    await eventually(() => expect(kept.isClosed()).toBe(true));
  });

  test('has so many requests: the last answer says that it is, and a further one ends it', async () => {
    const api = await testApi({ limits: { requestsPerSocket: 2 } });
    const client = raw(api);
    client.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => expect(client.said()).toContain('alive'));
    expect(client.said().toLowerCase()).not.toContain('connection: close');
    client.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => expect(client.said().match(/ 200 OK/g)).toHaveLength(2));
    expect(client.said().toLowerCase()).toContain('connection: close');
    client.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.said().match(/ 200 OK/g)).toHaveLength(2);
  });

  test('with a header that is too large is cut', async () => {
    const api = await testApi();
    const large = raw(api);
    large.socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`);
    await eventually(() => expect(large.said()).toMatch(/^HTTP\/1\.1 431 /));
    expect(await metric(api, 'header-bytes')).toBe(1);
  });

  test('that speaks no HTTP is cut', async () => {
    const api = await testApi();
    const other = raw(api);
    other.socket.write(Buffer.from([0x10, 0x0c, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]));
    await eventually(() => expect(other.isClosed()).toBe(true));
    await isServed(api);
  });
});

describe('connections', () => {
  const NO_PROXY = { trustedProxies: ['192.0.2.1'] };

  test.for([
    ['connections', { connections: 2 }],
    ['connections-per-address', { connectionsPerAddress: 2 }],
  ] as const)('are as many as the bound, and another may come when one has gone: %s', async ([limit, limits]) => {
    const api = await testApi({ ...NO_PROXY, limits });
    const held = [raw(api), raw(api)];
    await eventually(() => expect(held.every(({ socket }) => socket.readyState === 'open')).toBe(true));
    const over = raw(api);
    await eventually(() => expect(over.isClosed()).toBe(true));
    expect(over.said()).toBe('');
    expect(held.map((each) => each.isClosed())).toEqual([false, false]);
    expect(api.log.lines.find(({ fields }) => fields['limit'] === limit)?.event).toBe('limited');
    for (const { socket } of held) socket.destroy();
    await eventually(() => isServed(api));
    expect(await metric(api, limit)).toBeGreaterThanOrEqual(1);
  });

  test.for([
    ['connection-rate', { newPerSecond: 0.1, newBurst: '30s' }],
    ['connection-rate-per-address', { newPerSecondPerAddress: 0.1, newBurst: '30s' }],
  ] as const)('that come too fast are turned away before they say anything: %s', async ([limit, limits]) => {
    const api = await testApi({ ...NO_PROXY, limits });
    const four = [raw(api), raw(api), raw(api), raw(api)];
    await eventually(() => expect(four.map((each) => each.isClosed())).toEqual([false, false, false, true]));
    expect(api.log.lines.map(({ fields }) => fields['limit'])).toContain(limit);
  });

  test('of a trusted proxy, which stands for everyone, are not counted by address', async () => {
    const api = await testApi({ limits: { connectionsPerAddress: 1 } });
    const two = [raw(api), raw(api)];
    await isServed(api);
    expect(two.map((each) => each.isClosed())).toEqual([false, false]);
  });
});

test('a post without an announced length is counted by what came', async () => {
  const secretKey = Buffer.alloc(32, 7);
  const api = await testApi(
    { limits: { postWait: '1s' } },
    { secretKey, rates: { messagesPerSecond: 50, bytesPerSecond: 65_536, burst: { ms: 1_000 } } },
  );
  await api.operations.changeRegistry([
    { kind: 'add-secret', device: 'dev-1', hash: hashSecret(secretKey, 'the-secret'), at: 0 },
  ]);
  const send = (): Raw => {
    const client = raw(api);
    client.socket.write('POST /v1/devices/dev-1/readings/json HTTP/1.1\r\nhost: localhost\r\n');
    client.socket.write('authorization: Bearer the-secret\r\ntransfer-encoding: chunked\r\n\r\n');
    client.socket.write(`7a120\r\n${' '.repeat(500_000)}\r\n0\r\n\r\n`);
    return client;
  };
  const first = send();
  await eventually(() => expect(first.said()).toContain(' 202 Accepted'));
  const second = send();
  await eventually(() => expect(api.log.lines.map(({ fields }) => fields['limit'])).toContain('device-bytes'));
  await api.clock.advance(seconds(1));
  await eventually(() => expect(second.said()).toContain('RATE_LIMITED'));
});
