import { Agent, request } from 'node:http';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { untilKept } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const FLOODING = 100;
const SPAN = seconds(8);

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

/** Posts one after the other, over many connections, without a pause, until the span is over; counts the answers. */
const flood = async (sender: Sender): Promise<ReadonlyMap<number, number>> => {
  const until = performance.now() + SPAN.ms;
  const counts = new Map<number, number>();
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const status = await post(sender, '{"pm2_5": 1}');
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: FLOODING }, one));
  return counts;
};

/** Some ten times a second; every post is taken. Gives how many there were. */
const postGently = async (sender: Sender): Promise<number> => {
  const until = performance.now() + SPAN.ms;
  let count = 0;
  while (performance.now() < until) {
    expect(await post(sender, '{"pm10": 1}')).toBe(202);
    count += 1;
    await systemClock.sleep({ ms: 100 });
  }
  return count;
};

test(
  'a device that floods over HTTP is held to its share, the others are served, and nothing that was acknowledged is lost',
  async () => {
    const limits = 'broker: { limits: { messagesPerSecond: 60, burst: 2s } }\n';
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

    const flooding = flood(bad);
    const [gentle] = await Promise.all([
      postGently(good),
      wired.publishAsync('v1/wired/readings', '{"no2": 1}', { qos: 1 }),
    ]);
    const counts = await flooding;
    const taken = counts.get(202) ?? 0;
    // its rate, what was saved up, and what was under way
    expect(taken).toBeLessThan(60 * (SPAN.ms / 1_000 + 2) + 200);
    expect(taken).toBeGreaterThan(120);
    expect(counts.get(429)).toBeGreaterThan(50);
    // it comes again as often as the answers let it, and no more often
    expect(counts.get(429)).toBeLessThan(FLOODING * 2 * (SPAN.ms / 1_000));
    const { totals } = z.object({ totals: z.object({ received: z.int() }) }).parse(await untilKept(service));
    expect(totals.received).toBe(taken + gentle + 1);
    const figures = await (await service.get('/metrics')).text();
    expect(figures).toMatch(/klawing_api_limited_total\{limit="posts-per-device"\} \d+/);
    expect(figures).toMatch(/klawing_api_limited_total\{limit="device-messages"\} \d+/);
  },
  minutes(2).ms,
);
