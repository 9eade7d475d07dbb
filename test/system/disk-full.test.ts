import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { untilMore, untilSilent } from '#test/soak/progress.ts';
import {
  compare,
  compareQuarantine,
  NO_DIFFERENCE,
  rowsOfApi,
  rowsOfDuckDb,
  untilProcessed,
} from '#test/support/oracles/oracle.ts';
import { type Sender, startSender } from '#test/support/clients/sender.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';

const MIB = 2 ** 20;
const STATION = 'PBG-A01';

const Readiness = z.object({
  dependencies: z.array(z.object({ name: z.string(), ready: z.boolean(), code: z.string().optional() })),
});

const failing = async (service: Service): Promise<readonly string[]> => {
  const answer = await service.get('/readyz');
  const { dependencies } = Readiness.parse(await answer.json());
  return [
    String(answer.status),
    ...dependencies.flatMap(({ name, ready, code }) => (ready ? [] : [`${name} ${code}`])),
  ];
};

const post = (service: Service, secret: string): Promise<Response> =>
  fetch(`${service.url}/v1/devices/load-1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: '{"id": 1, "unheard_of": 1}',
  });

const start = async (data: string, reserve: string) => {
  const service = await testService({ data, config: `journal: { reserveBytes: ${reserve}, segmentBytes: 1MiB }\n` });
  await service.ready();
  await service.addStation(STATION, 'air');
  const devices = new Map<string, string>();
  for (const device of ['load-1', 'load-2']) devices.set(device, await service.addDevice(device, STATION));
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 3 });
  await untilMore(sender, 50);
  return { service, sender, secret: devices.get('load-1') ?? '' };
};

/** Checks that all is complete when there is room again. */
const expectAllAfterwards = async (service: Service, sender: Sender): Promise<void> => {
  await service.ready();
  await untilMore(sender, 50);
  await sender.drain();
  const { balanced, explanation } = await untilProcessed(service);
  expect(balanced, explanation).toBe(true);
  expect(compare(sender.sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
  expect(await compareQuarantine(service, sender.sent)).toEqual([]);
  expect((await service.cli('ledger', '--verify')).status).toBe(0);
  expect((await service.stop()).get('up')).toEqual({ status: 0, signal: null });
  expect(compare(sender.sent, await rowsOfDuckDb(service.data))).toEqual(NO_DIFFERENCE);
};

test('at the reserve of the disk acknowledging stops, reading and draining continue, and all recovers with free room', async ({
  skip,
}) => {
  const disk = smallDisk(160);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const { service, sender, secret } = await start(join(disk, 'data'), '40MiB');
  const pids = [service.pidUnderUp('broker'), service.pidUnderUp('ingest')];

  const ballast = fillUp(disk, 30 * MIB);
  await untilSilent(sender);
  await eventually(async () => expect(await failing(service)).toEqual(['503', 'journal JOURNAL_FULL']));
  const refused = await post(service, secret);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'JOURNAL_FULL', detail: expect.stringMatching(/free|disk/) });
  await untilProcessed(service);
  const { missing, twice } = compare(sender.sent, await rowsOfApi(service, STATION));
  expect({ missing, twice }).toEqual({ missing: [], twice: [] });

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
  expect(service.running('up').err()).not.toContain('process ended');
  expect(pids.every((pid) => pid !== undefined)).toBe(true);
});

test('on a disk without a byte left nothing ends, and nothing that was acknowledged is lost', async ({ skip }) => {
  const disk = smallDisk(160);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const { service, sender, secret } = await start(join(disk, 'data'), '0B');

  const ballast = fillUp(disk, 0);
  await untilSilent(sender);
  await eventually(async () => {
    const [status, ...parts] = await failing(service);
    expect(status).toBe('503');
    expect(parts.some((part) => part.startsWith('journal '))).toBe(true);
  });
  const refused = await post(service, secret);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect((await service.get(`/v1/stations/${STATION}/readings`)).status).toBe(200);

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
  expect(service.running('up').err()).not.toContain('process ended');
});

test('on a disk without a byte left what is killed comes back when there is room, and nothing that was acknowledged is lost', async ({
  skip,
}) => {
  const disk = smallDisk(160);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const { service, sender } = await start(join(disk, 'data'), '0B');

  const ballast = fillUp(disk, 0);
  await untilSilent(sender);
  const parts = ['ingest', 'broker'] as const;
  const killed = parts.map((part) => service.pidUnderUp(part) ?? 0);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await eventually(() => {
    expect(service.running('up').err().split('process ended').length).toBeGreaterThan(2);
    // both were started again while there is no room
    for (const part of parts) expect([undefined, ...killed]).not.toContain(service.pidUnderUp(part));
  });

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
});
