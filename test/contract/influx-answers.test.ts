import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault, isOutage } from '#model/base/fault.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly lines: readonly string[];
}

type Reply = (response: ServerResponse, seen: Seen) => void;

/** A server that does to each request what the test says, and remembers what it was sent. */
const programmableServer = async () => {
  const seen: Seen[] = [];
  let reply: Reply = (response) => response.writeHead(204).end();
  let [inFlight, mostInFlight] = [0, 0];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.once('close', () => {
      inFlight -= 1;
    });
    const chunks: Buffer[] = await Array.fromAsync(request);
    const { url = '', headers } = request;
    const one = {
      url,
      authorization: headers.authorization,
      lines: Buffer.concat(chunks).toString('utf8').split('\n'),
    };
    seen.push(one);
    reply(response, one);
  };
  const server = createServer((request, response) => void take(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    inFlight: () => inFlight,
    mostInFlight: () => mostInFlight,
    reply: (next: Reply) => {
      reply = next;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const answer =
  (status: number, body = '', headers: Record<string, string> = { 'content-type': 'application/json' }): Reply =>
  (response) =>
    response.writeHead(status, headers).end(body);

const error = (text: string): string => JSON.stringify({ error: text });

const refuseIf = (response: ServerResponse, isBad: boolean): void => {
  response.writeHead(isBad ? 400 : 204).end(isBad ? error('field type conflict') : '');
};

describe('what the store makes of an answer to a write', () => {
  let server: Awaited<ReturnType<typeof programmableServer>>;
  let store: Store;

  const start = (settings = {}): Promise<Store> =>
    startStore(StoreSettings.parse({ kind: 'influx', url: server.url, timeout: '5m', ...settings }), {
      clock: systemClock,
      log: silentLog(),
      folder: '',
    });

  beforeEach(async () => {
    server = await programmableServer();
    store = await start();
  });
  afterEach(async () => {
    await store.stop();
    await server.stop();
  });

  const useTimeout = async (timeout: string): Promise<void> => {
    await store.stop();
    store = await start({ timeout });
  };

  const batch = aBatch(
    Array.from({ length: 8 }, (_, index) => aReading({ device: 'dev-1', observedAt: MORNING + index, value: index })),
  );
  const write = () => store.write(batch, never);

  test.for([
    [204, ''],
    [200, ''],
    [201, ''],
  ] as const)('accepts %i with an empty body', async ([status, body]) => {
    server.reply(answer(status, body));
    expect(await write()).toEqual({ rejected: [] });
    expect(server.seen.length).toBe(1);
  });

  test.for([
    [401, error('authorization failed'), 'check token'],
    [403, error('forbidden'), 'may not write'],
    [404, error('database not found: "klawing"'), 'CREATE DATABASE'],
    [404, JSON.stringify({ code: 'not found', message: 'bucket "klawing" not found' }), 'bucket "klawing" not found'],
    [408, '', 'status 408'],
    [500, error('retention policy not found'), 'retention policy not found'],
    [503, error('timeout'), 'timeout'],
    [302, '', 'status 302'],
    [200, '<html>log in</html>', 'log in'],
    [201, '<html>log in</html>', 'log in'],
    [201, '{"welcome":"to the hotel"}', 'to the hotel'],
    [400, '<html>400 The plain HTTP request was sent to HTTPS port</html>', 'plain HTTP request'],
    [400, '', 'status 400'],
    [422, 'unprocessable', 'unprocessable'],
    [502, '<html>bad gateway</html>', 'bad gateway'],
  ] as const)('keeps everything on %i %s', async ([status, body, words]) => {
    server.reply(answer(status, body, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' }));
    await expect(write()).rejects.toSatisfy(isOutage);
    await expect(write()).rejects.toMatchObject({ code: 'STORE_FAILED', detail: expect.stringContaining(words) });
    expect(server.seen.every(({ lines }) => lines.length === 8)).toBe(true);
  });

  test.for([429, 503])('keeps everything on %i and says in seconds how long to wait', async (status) => {
    server.reply(answer(status, error('slow down'), { 'retry-after': '5' }));
    await expect(write()).rejects.toMatchObject({ code: 'STORE_FAILED', retry: true, retryAfter: seconds(5) });
  });

  test.for(['', '-5', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'waits as usual when it is asked to come back after "%s"',
    async (wish) => {
      server.reply(answer(429, error('slow down'), { 'retry-after': wish }));
      const fault = await write().catch((reason: unknown) => reason);
      expect(fault).toMatchObject({ code: 'STORE_FAILED', retry: true });
      expect([undefined, seconds(0)]).toContainEqual(fault instanceof Fault ? fault.retryAfter : 'no fault');
    },
  );

  test.for([
    [400, error('partial write: unable to parse dropped=0')],
    [422, JSON.stringify({ code: 'unprocessable entity', message: 'field type conflict' })],
    [201, error('partial write of line protocol occurred')],
  ] as const)(
    'rejects on %i only the line that is refused alone, with the words of the store',
    async ([status, body]) => {
      server.reply((response, { lines }) => {
        const isBad = lines.some((line) => line.includes('pm2_5=5,'));
        answer(isBad ? status : 204, isBad ? body : '')(response, { url: '', authorization: undefined, lines });
      });
      const { rejected } = await write();
      const parsed: unknown = JSON.parse(body);
      expect(rejected.map(({ index }) => index)).toEqual([5]);
      expect(Object.values(parsed ?? {})).toContain(rejected[0]?.reason);
    },
  );

  test('rejects every reading, one by one, when the whole body is refused', async () => {
    server.reply(answer(400, error('unable to parse')));
    expect((await write()).rejected.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('stores the siblings of a field that is refused', async () => {
    server.reply((response, { lines }) => refuseIf(response, lines.join().includes('no2=')));
    const properties = ['pm2_5', 'no2', 'pm10'];
    const readings = properties.map((property) => aReading({ property }));
    expect((await store.write(aBatch(readings), never)).rejected.map(({ index }) => index)).toEqual([1]);
    expect(server.seen.map(({ lines }) => lines.length)).toEqual([1, 1, 1, 1]);
  });

  test('sends less at once on 413, until it is small enough', async () => {
    server.reply((response, { lines }) => response.writeHead(lines.length > 2 ? 413 : 204).end());
    expect(await write()).toEqual({ rejected: [] });
    expect(server.seen.map(({ lines }) => lines.length)).toEqual([8, 4, 2, 2, 4, 2, 2]);
  });

  test('keeps a single reading that is too large for the server', async () => {
    server.reply(answer(413));
    await expect(write()).rejects.toSatisfy(isOutage);
  });

  test('keeps everything when an outage interrupts the search for a bad line', async () => {
    server.reply((response, { lines }) => {
      if (lines.length > 2) refuseIf(response, true);
      else response.writeHead(503).end();
    });
    await expect(write()).rejects.toSatisfy(isOutage);
  });

  test('gives up a hanging request and destroys its socket', async () => {
    await useTimeout('400ms');
    server.reply(() => undefined);
    await expect(write()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retry: true,
      detail: expect.stringContaining('400 ms'),
    });
    await expect.poll(() => server.inFlight()).toBe(0);
  });

  test('gives up an answer that begins and never ends', async () => {
    await useTimeout('400ms');
    server.reply((response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.write('{"error":"');
    });
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
    await expect.poll(() => server.inFlight()).toBe(0);
  });

  test('waits for a server that is slow, as long as it answers in time', async () => {
    server.reply((response) => void systemClock.after(milliseconds(150), () => response.writeHead(204).end()));
    expect(await write()).toEqual({ rejected: [] });
    expect(server.seen.length).toBe(1);
  });

  test('keeps what is whole although a line among it is refused, and of every device the order', async () => {
    server.reply((response, { lines }) => refuseIf(response, lines.join().includes('value_bad=')));
    const readings = Array.from({ length: 60 }, (_, index) =>
      aReading({
        device: `dev-${index % 3}`,
        observedAt: MORNING + index,
        value: index,
        property: index % 20 === 7 ? 'value_bad' : 'pm2_5',
      }),
    );
    const { rejected } = await store.write(aBatch(readings), never);
    expect(rejected.map(({ index }) => index)).toEqual([7, 27, 47]);
    const accepted = server.seen.filter(({ lines }) => !lines.join().includes('value_bad='));
    const times = accepted.flatMap(({ lines }) => lines).map((line) => /device=([^,]+).* (\d+)$/.exec(line));
    for (const device of ['dev-0', 'dev-1', 'dev-2']) {
      const theirs = times.flatMap((time) => (time?.[1] === device ? Number(time[2]) : []));
      expect(theirs).toEqual(theirs.toSorted((a, b) => a - b));
    }
    expect(accepted.flatMap(({ lines }) => lines)).toHaveLength(57);
  });

  test('keeps everything when the connection is reset before or within the answer', async () => {
    server.reply((response) => response.destroy());
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
    server.reply((response) => {
      response.writeHead(400, { 'content-length': '1000', 'content-type': 'application/json' });
      response.write('{"error":"parti', () => response.destroy());
    });
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
    server.reply((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{', () => response.destroy());
    });
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
  });

  test('keeps everything without a listener', async () => {
    await server.stop();
    await expect(write()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retry: true });
    await expect(store.check(never)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    server = await programmableServer();
  });

  test('stops at once when the caller gives up', async () => {
    server.reply(() => undefined);
    const abort = new AbortController();
    const writing = store.write(batch, abort.signal);
    await expect.poll(() => server.seen.length).toBe(1);
    abort.abort();
    await expect(writing).rejects.toSatisfy(isOutage);
  });

  test('has at most two requests in flight, which share no device', async () => {
    const together: Seen[][] = [];
    const open = new Set<Seen>();
    server.reply((response, seen) => {
      open.add(seen);
      together.push([...open]);
      response.once('close', () => open.delete(seen));
      // none is answered before two of them are there together; after that each stays open for a while
      void expect
        .poll(() => together.some(({ length }) => length === 2))
        .toBe(true)
        .then(() =>
          systemClock.after(milliseconds(20), () => {
            response.writeHead(204).end();
            open.delete(seen);
          }),
        );
    });
    const readings = Array.from({ length: 60_000 }, (_, index) =>
      aReading({ device: `dev-${index % 20}`, observedAt: MORNING + index, property: `p${'x'.repeat(60)}` }),
    );
    await store.write(aBatch(readings), never);
    expect(server.mostInFlight()).toBe(2);
    const devicesOf = ({ lines }: Seen): Set<string> =>
      new Set(lines.map((line) => /device=([^,]+)/.exec(line)?.[1] ?? ''));
    for (const [first, second] of together.filter(({ length }) => length === 2)) {
      if (first === undefined || second === undefined) continue;
      expect(devicesOf(first).isDisjointFrom(devicesOf(second))).toBe(true);
    }
    expect(server.seen.length).toBeGreaterThan(3);
    expect(server.seen.every(({ lines }) => lines.join('\n').length < 5e6)).toBe(true);
    expect(server.seen.flatMap(({ lines }) => lines).length).toBe(60_000);
  });

  test('speaks to the version 2 path with a token, and to 1.x with Basic and a database', async () => {
    const settings = { token: 'secret-token', org: 'dlh', bucket: 'b/rp' };
    const two = await start(settings);
    await two.write(batch, never);
    const one = await start({ user: 'u', password: 'p:q', bucket: 'b/rp', writePath: '/write' });
    await one.write(batch, never);
    await Promise.all([two.stop(), one.stop()]);
    expect(server.seen.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/api/v2/write?org=dlh&bucket=b%2Frp&precision=ms', 'Token secret-token'],
      ['/write?db=b&rp=rp&precision=ms', `Basic ${Buffer.from('u:p:q').toString('base64')}`],
    ]);
  });

  test('does not create a database when the settings forbid it', async () => {
    await store.stop();
    store = await start({ writePath: '/write', createDatabase: false });
    server.reply(answer(404, error('database not found: "klawing"')));
    await expect(write()).rejects.toMatchObject({ retry: true, detail: expect.stringContaining('CREATE DATABASE') });
    expect(server.seen.every(({ url }) => url.startsWith('/write'))).toBe(true);
  });

  test('takes an answer to a query that is no InfluxDB result for an outage', async () => {
    server.reply(answer(200, '<html></html>', { 'content-type': 'text/html' }));
    await expect(store.check(never)).rejects.toSatisfy(isOutage);
  });
});
