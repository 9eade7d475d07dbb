import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { brokerMetric } from '#test/support/clients/broker-metric.ts';
import { type TestBroker, testBroker } from '#test/support/servers/broker.ts';
import { hasChromium, startChromium } from '#test/support/servers/chromium.ts';

type Headers = Readonly<Record<string, string>>;

/** Opens a WebSocket with these headers, and says whether it was accepted. */
const opens = ({ broker }: TestBroker, headers: Headers): Promise<boolean> => {
  const socket = new WebSocket(`ws://127.0.0.1:${broker.wsPort}/mqtt`, ['mqtt'], { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('open', () => resolve(true)).on('error', () => resolve(false));
  });
};

const PAGE = 8_080;

describe('a WebSocket', () => {
  test('is refused to pages of other sites, counted and told with the origin', async () => {
    const at = await testBroker({}, ['river-01'], undefined, [PAGE]);
    const foreign = ['http://evil.example', 'https://evil.example:8080', 'null', 'http://127.0.0.1:3000', 'http://'];
    for (const origin of foreign) expect(await opens(at, { origin }), origin).toBe(false);
    expect(await brokerMetric(at, 'klawing_broker_refused_total{reason="web-origin"}')).toBe(foreign.length);
    const [told] = at.log.lines.filter(({ event }) => event === 'refused');
    expect(told?.fields).toMatchObject({ reason: 'web-origin', origin: 'http://evil.example', address: '127.0.0.1' });
  });

  test('is open to programs, and to pages of this host on any of our ports', async () => {
    const at = await testBroker({}, ['river-01'], undefined, [PAGE]);
    const own = [
      {},
      { origin: 'file://' },
      { origin: `http://127.0.0.1:${PAGE}` },
      { origin: `https://127.0.0.1:${PAGE}` },
      { origin: `http://127.0.0.1:${at.broker.wsPort}` },
      { origin: 'https://klawing.example.go.id', host: 'klawing.example.go.id' },
      { origin: `http://klawing.example.go.id:${PAGE}`, host: 'klawing.example.go.id:8083' },
    ];
    for (const headers of own) expect(await opens(at, headers), JSON.stringify(headers)).toBe(true);
  });

  test('is open to the pages that the settings name', async () => {
    const at = await testBroker({ webOrigins: ['https://peta.example.go.id/'] });
    expect(await opens(at, { origin: 'https://peta.example.go.id' })).toBe(true);
    expect(await opens(at, { origin: 'http://peta.example.go.id' })).toBe(false);
  });

  test('with access open is refused to a host name that another site gave our address', async () => {
    const at = await testBroker({ access: 'open' });
    expect(await opens(at, { origin: 'http://evil.example:8083', host: 'evil.example:8083' })).toBe(false);
    expect(await opens(at, { origin: 'http://localhost:8083', host: 'localhost:8083' })).toBe(true);
  });
});

describe.skipIf(!hasChromium)('a page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  const pageServer = async (): Promise<number> => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>page</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };

  test('opens a WebSocket from one of our ports, and from no other', async () => {
    const [ours, other] = [await pageServer(), await pageServer()];
    const { broker } = await testBroker({}, ['river-01'], undefined, [ours]);
    const openFrom = async (port: number): Promise<unknown> => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      return page.evaluate(
        `new Promise((resolve) => {
          const socket = new WebSocket('ws://127.0.0.1:${broker.wsPort}/mqtt', 'mqtt');
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        })`,
      );
    };
    expect(await openFrom(ours)).toBe('open');
    expect(await openFrom(other)).toBe('refused');
  });
});
