import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { rowsOfApi, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const DEVICE = 'box-1';

const Moved = z.object({ assignments: z.array(z.object({ station: z.string(), from: z.string() })) });

const valuesAt = async (service: Service, station: string): Promise<readonly number[]> =>
  (await rowsOfApi(service, station)).map(({ value }) => value).toSorted((a, b) => a - b);

test('a device that is moved has its readings at the station where it stood at their time, live, late and replayed', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  await service.addStation('ST2', 'river');
  const secret = await service.addDevice(DEVICE, 'ST1');
  const now = Math.floor(systemClock.now() / 1_000) * 1_000;
  const ago = (count: number): number => now - minutes(count).ms;
  const send = async (readings: readonly (readonly [ago: number, stage: number])[], field = 'stage'): Promise<void> => {
    const answer = await fetch(`${service.url}/v1/devices/${DEVICE}/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(readings.map(([count, value]) => ({ time: formatInstant(ago(count)), [field]: value }))),
    });
    expect(answer.status).toBe(202);
    await untilProcessed(service);
  };

  await send([[50, 1]]);
  // refused until the mapping of the field is registered: one reading before the move, one behind it
  await send(
    [
      [48, 2],
      [18, 5],
    ],
    'level',
  );
  const from = formatInstant(ago(30));
  const { status, out, err } = await service.cli('device', 'move', DEVICE, '--station', 'ST2', '--from', from);
  expect(status, err).toBe(0);
  const [, , before, after] = out.split('\n');
  expect(before).toMatch(/^ST1 /);
  expect(after).toMatch(/^ST2 /);
  expect(after).toContain(from);
  expect(out).toContain('Readings that are stored already stay at their station.');

  // a backlog around the move, to the millisecond
  await send([
    [40, 3],
    [30, 4],
    [10, 6],
  ]);
  await service.cli('device', 'set', DEVICE, '--rename', 'level=stage');
  expect(await service.cli('quarantine', 'replay', '--device', DEVICE)).toMatchObject({ status: 0 });
  expect(await valuesAt(service, 'ST1')).toEqual([1, 2, 3]);
  expect(await valuesAt(service, 'ST2')).toEqual([4, 5, 6]);

  const again = await service.cli(
    'device',
    'move',
    DEVICE,
    '--station',
    'ST1',
    '--from',
    formatInstant(ago(5)),
    '--json',
  );
  expect(Moved.parse(JSON.parse(again.out)).assignments.map(({ station }) => station)).toEqual(['ST1', 'ST2', 'ST1']);
  await send([
    [6, 7],
    [4, 8],
  ]);
  expect(await valuesAt(service, 'ST1')).toEqual([1, 2, 3, 8]);
  expect(await valuesAt(service, 'ST2')).toEqual([4, 5, 6, 7]);

  const refused = [
    [[DEVICE, '--station', 'ST9', '--from', from], 1, 'ST9', /add/],
    [[DEVICE, '--station', 'ST2', '--from', 'yesterday'], 1, 'yesterday', /RFC 3339|for example/],
    [['box-9', '--station', 'ST2', '--from', from], 1, 'box-9', /add|list/],
    [[DEVICE, '--from', from], 2, '--station', /--help/],
  ] as const;
  for (const [args, status, named, advice] of refused) {
    const outcome = await service.cli('device', 'move', ...args);
    expect.soft(outcome.status, outcome.err).toBe(status);
    expect.soft(outcome.err).toContain(named);
    expect.soft(outcome.err).toMatch(advice);
  }
  expect(await valuesAt(service, 'ST1')).toEqual([1, 2, 3, 8]);
  expect(await service.cli('ledger', '--verify')).toMatchObject({ status: 0 });
});
