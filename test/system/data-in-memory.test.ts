import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { smallDisk } from '#test/support/processes/small-disk.ts';
import { testService } from '#test/support/servers/service.ts';

test('the start and the doctor warn of a data folder in memory, with the remedy', async ({ skip }) => {
  const disk = smallDisk(64);
  if (disk === undefined) return skip('a disk of its own cannot be mounted here');
  const service = await testService({ parts: ['broker'], data: join(disk, 'data') });
  await eventually(() => expect(service.running('broker').err()).toMatch(/tmpfs.*KLAWING_DATA.*doubtful file system/));
  const { out, err } = await service.cli('doctor', '--json');
  expect(`${out}${err}`).toMatch(
    /"check": ?"file system",\s*"state": ?"warning",\s*"found": ?"[^"]*tmpfs: it is memory/,
  );
  return undefined;
});
