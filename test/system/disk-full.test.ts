import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/clock.ts';
import { minutes, seconds } from '#model/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import { compare, compareQuarantine, NO_DIFFERENCE, rowsOfApi, rowsOfDuckDb, untilKept } from '#test/support/oracle.ts';
import { type Sender, startSender } from '#test/support/sender.ts';
import { type Service, testService } from '#test/support/service.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const MIB = 2 ** 20;
const STATION = 'PBG-A01';

/** A disk of its own in memory; undefined where we may not mount one. */
const mountDisk = (mebibytes: number): string | undefined => {
  const folder = join(tempFolder(), 'disk');
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]).status === 0;
  if (mounted) onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return mounted ? folder : undefined;
};

const freeOn = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** Writes so many bytes more; false when there is no room for them. */
const grow = (fd: number, bytes: number): boolean => {
  try {
    writeSync(fd, Buffer.alloc(bytes, 1));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
};

/** Takes all of a disk but so many bytes, as somebody else's file would; with 0, until nothing more goes in. */
const fillUp = (folder: string, leave: number): string => {
  const ballast = join(folder, 'ballast');
  const fd = openSync(ballast, 'w');
  for (const size of [MIB, 4_096]) {
    while ((leave === 0 || freeOn(folder) > leave + size) && grow(fd, size));
  }
  closeSync(fd);
  return ballast;
};

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

/** Waits until the sender sees nothing acknowledged any more although it goes on to send. */
const untilSilent = (sender: Sender): Promise<void> => {
  let last = { count: -1, at: performance.now() };
  return eventually(() => {
    const count = sender.acknowledged();
    if (count !== last.count) last = { count, at: performance.now() };
    if (performance.now() - last.at < 1_500) throw new Error(`${count} acknowledged, and it goes on`);
  }, seconds(40));
};

const untilMore = (sender: Sender): Promise<void> => {
  const before = sender.acknowledged();
  return eventually(() => expect(sender.acknowledged()).toBeGreaterThan(before + 50), seconds(30));
};

const start = async (data: string, reserve: string) => {
  const service = await testService({ data, config: `journal: { reserveBytes: ${reserve}, segmentBytes: 1MiB }\n` });
  await service.ready();
  await service.addStation(STATION, 'air');
  const devices = new Map<string, string>();
  for (const device of ['load-1', 'load-2']) devices.set(device, await service.addDevice(device, STATION));
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 3 });
  await untilMore(sender);
  return { service, sender, secret: devices.get('load-1') ?? '' };
};

/** What must hold when there is room again. */
const expectAllAfterwards = async (service: Service, sender: Sender): Promise<void> => {
  await service.ready();
  await untilMore(sender);
  await sender.drain(seconds(40));
  const { balanced, explanation } = await untilKept(service, seconds(40));
  expect(balanced, explanation).toBe(true);
  expect(compare(sender.sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
  expect(await compareQuarantine(service, sender.sent)).toEqual([]);
  expect((await service.cli('ledger', '--verify')).status).toBe(0);
  expect((await service.stop()).get('up')).toEqual({ status: 0, signal: null });
  expect(compare(sender.sent, await rowsOfDuckDb(service.data))).toEqual(NO_DIFFERENCE);
};

test('at the reserve of the disk acknowledging stops, reading and draining go on, and all comes back with the room', {
  timeout: minutes(3).ms,
}, async ({ skip }) => {
  const disk = mountDisk(160);
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
  await untilKept(service);
  const { missing, twice } = compare(sender.sent, await rowsOfApi(service, STATION));
  expect({ missing, twice }).toEqual({ missing: [], twice: [] });

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
  expect(service.running('up').err()).not.toContain('process ended');
  expect(pids.every((pid) => pid !== undefined)).toBe(true);
});

test('on a disk without a byte left nothing ends, and nothing that was acknowledged is lost', {
  timeout: minutes(3).ms,
}, async ({ skip }) => {
  const disk = mountDisk(160);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const { service, sender, secret } = await start(join(disk, 'data'), '0B');

  const ballast = fillUp(disk, 0);
  await untilSilent(sender);
  await eventually(async () => {
    const [status, ...parts] = await failing(service);
    expect(status).toBe('503');
    expect(parts.some((part) => part.startsWith('journal '))).toBe(true);
  }, seconds(20));
  const refused = await post(service, secret);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect((await service.get(`/v1/stations/${STATION}/readings`)).status).toBe(200);

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
  expect(service.running('up').err()).not.toContain('process ended');
});

test('on a disk without a byte left what is killed comes back when there is room, and nothing that was acknowledged is lost', {
  timeout: minutes(3).ms,
}, async ({ skip }) => {
  const disk = mountDisk(160);
  if (disk === undefined) return skip('a small disk can only be mounted as root');
  const { service, sender } = await start(join(disk, 'data'), '0B');

  const ballast = fillUp(disk, 0);
  await untilSilent(sender);
  for (const part of ['ingest', 'broker'] as const) process.kill(service.pidUnderUp(part) ?? 0, 'SIGKILL');
  await eventually(() => expect(service.running('up').err().split('process ended').length).toBeGreaterThan(2));
  await systemClock.sleep(seconds(2));

  rmSync(ballast);
  await expectAllAfterwards(service, sender);
});
