import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const MIB = 2 ** 20;
const DEVICES = 8;
const ROUNDS = 6;
/** Posts of one device at one time: as many as it may have. */
const AT_ONCE = 16;
/**
 * Four times what bodies and their decoding may take (`docs/limits.md`): bodies are copied as they come in, and the collector
 * comes late. Plain bodies of a megabyte take as much.
 */
const BOUND = 4 * (64 + 8) * MIB;

const part = gzipSync(Buffer.alloc(64 * MIB));
/** Many members in a row are one gzip file: nearly a megabyte that unfolds to 900 MiB. */
const GZIP = Buffer.concat(Array.from({ length: 14 }, () => part));
const DEFLATE = deflateSync(Buffer.alloc(200 * MIB));

const send = (
  service: Service,
  { device, secret, agent }: { readonly device: string; readonly secret: string; readonly agent: Agent },
  { body, encoding }: { readonly body: Uint8Array; readonly encoding: string | undefined },
): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'content-length': body.byteLength,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const url = `${service.url}/v1/devices/${device}/readings`;
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject).end(body);
  });

/** The most memory of its own that a process has had since it was reset, in bytes. */
const peakOf = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
};

test('compressed bodies that unfold to gigabytes take no more memory than the bound, and another device is served', async () => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  const senders = await Promise.all(
    Array.from({ length: DEVICES + 1 }, async (_, index) => {
      const device = `box-${index}`;
      const agent = new Agent({ keepAlive: true });
      onTestFinished(() => agent.destroy());
      return { device, agent, secret: await service.addDevice(device, 'PBG-A01') };
    }),
  );
  const [good, ...bad] = senders;
  if (good === undefined) throw new Error('there is no good device');
  const reading = { body: gzipSync('{"pm10":1}'), encoding: 'gzip' };
  expect(await send(service, good, reading)).toBe(202);
  const { pid } = service.running('ingest');
  const before = peakOf(pid);

  const bombs = [
    { body: GZIP, encoding: 'gzip' },
    { body: DEFLATE, encoding: 'deflate' },
  ];
  const statuses = new Map<number, number>();
  let taken = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const flood = bad.flatMap((of) =>
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const status = await send(service, of, bombs[index % 2] ?? reading);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
    const served = send(service, good, reading);
    await Promise.all(flood);
    if ((await served) === 202) taken += 1;
  }
  // refused as bombs, or before they were read because there were so many
  expect([...statuses.keys()].filter((status) => status !== 413 && status !== 429 && status !== 503)).toEqual([]);
  expect(statuses.get(413)).toBeGreaterThan(DEVICES);
  expect(taken).toBeGreaterThan(1);
  expect(peakOf(pid) - before).toBeLessThan(BOUND);
  expect(await untilProcessed(service)).toMatchObject({ balanced: true, totals: { received: taken, stored: taken } });
});
