import { Agent, request } from 'node:http';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { eventually } from '#test/support/eventually.ts';

const FLOODING = 100;
const PER_SECOND = 50;
const BURST_SECONDS = 2;
/** Posts of the device that keeps its share, while the other floods. */
const POSTS = 10;
/** Refusals of the flood between two posts of the device that behaves: so it stays far below its own rate. */
const BETWEEN = 20;

interface Sender {
  readonly service: Service;
  readonly device: string;
  readonly secret: string;
  readonly agent: Agent;
}

const post = ({ service, device, secret, agent }: Sender, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const sent = request(
      `${service.url}/v1/devices/${device}/readings`,
      { method: 'POST', agent, headers },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once('error', reject).end(body);
  });

/** Posts over many connections, on each one after the other without a pause, until it is stopped; counts the answers. */
const startFlood = (sender: Sender) => {
  const counts = new Map<number, number>();
  const from = performance.now();
  let isStopped = false;
  const one = async (): Promise<void> => {
    while (!isStopped) {
      const status = await post(sender, '{"pm2_5": 1}');
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  };
  const ended = Promise.all(Array.from({ length: FLOODING }, one));
  return {
    limited: () => counts.get(429) ?? 0,
    stop: async () => {
      isStopped = true;
      await ended;
      return { counts, seconds: (performance.now() - from) / 1_000 };
    },
  };
};

test('a device that floods over HTTP is held to its share, the others are served, and nothing that was acknowledged is lost', async () => {
  const limits = `broker: { limits: { messagesPerSecond: ${PER_SECOND}, burst: ${BURST_SECONDS}s } }\n`;
  const service = await testService({ parts: ['broker', 'ingest'], config: limits });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const senderOf = async (device: string): Promise<Sender> => {
    const secret = await service.addDevice(device, 'PBG-A01');
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    return { service, device, secret, agent };
  };
  const bad = await senderOf('bad');
  const good = await senderOf('good');
  const secret = await service.addDevice('wired', 'PBG-A01');
  const wired = await connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    username: 'wired',
    password: secret,
    clientId: 'wired',
  });
  onTestFinished(() => wired.endAsync(true));

  const flood = startFlood(bad);
  for (let i = 1; i <= POSTS; i += 1) {
    await eventually(() => expect(flood.limited()).toBeGreaterThan(i * BETWEEN));
    expect(await post(good, '{"pm10": 1}')).toBe(202);
  }
  await wired.publishAsync('v1/wired/readings', '{"no2": 1}', { qos: 1 });
  await eventually(async () => {
    const figures = await (await service.get('/metrics')).text();
    expect(figures).toMatch(/klawing_api_limited_total\{limit="posts-per-device"\} \d+/);
    expect(figures).toMatch(/klawing_api_limited_total\{limit="device-messages"\} \d+/);
  });
  const { counts, seconds } = await flood.stop();
  const taken = counts.get(202) ?? 0;
  // its rate, the saved-up burst, and the posts that were under way
  expect(taken).toBeLessThan(PER_SECOND * (seconds + BURST_SECONDS) + 200);
  expect(taken).toBeGreaterThan(PER_SECOND * BURST_SECONDS);
  // the answers hold it back: each connection comes again at most twice a second
  expect(counts.get(429)).toBeLessThan(FLOODING * 2 * (seconds + 1));
  const { totals } = z.object({ totals: z.object({ received: z.int() }) }).parse(await untilProcessed(service));
  expect(totals.received).toBe(taken + POSTS + 1);
});
