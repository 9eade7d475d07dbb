import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SoakFault } from '#test/soak/fault.ts';
import { untilMore, untilSilent } from '#test/soak/progress.ts';
import { fillUp, smallDisk } from '#test/support/processes/small-disk.ts';

const MEBIBYTES = 256;
const CONFIG = 'journal: { reserveBytes: 40MiB, segmentBytes: 1MiB, maxBytes: 48MiB }\n';
/** Below the reserve, and not a byte: at the one acknowledging stops by itself, at the other the disk refuses. */
const LEFT = [30 * 2 ** 20, 0];

/** The disk fills up until nothing is acknowledged, and is freed again. */
export const diskFull: SoakFault = {
  name: 'disk',
  summary: `a disk of ${MEBIBYTES} MiB fills up, down to its reserve or to the last byte, and is freed again`,
  stores: ['duckdb'],
  begin: () => {
    const disk = smallDisk(MEBIBYTES);
    if (disk === undefined) throw new Error('a small disk can only be mounted as root');
    return {
      options: { data: join(disk, 'data'), config: CONFIG },
      round: async ({ service, sender, random }) => {
        await service.ready();
        await untilMore(sender, 20);
        const ballast = fillUp(disk, LEFT[Math.floor(random.next() * LEFT.length)] ?? 0);
        await untilSilent(sender);
        rmSync(ballast);
        await untilMore(sender, 20);
      },
    };
  },
};
