import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Appended, JournalWriter } from '#journal/journal.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { eventually } from '#test/support/eventually.ts';
import { fragileDisk, type FragileDisk } from '#test/support/fakes/fragile-disk.ts';
import { manualClock, type ManualClock } from '#test/support/clocks/manual-clock.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { runScript } from '#test/support/processes/run-node.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const settings = { ...JournalSettings.parse({}), reserveBytes: 0 };
const hasStrace = spawnSync('strace', ['-V']).status === 0;
const isRoot = process.getuid?.() === 0;

interface Fixture {
  readonly folder: string;
  readonly disk: FragileDisk;
  readonly clock: ManualClock;
  readonly writer: JournalWriter;
}

const startFragile = async (): Promise<Fixture> => {
  const [folder, disk, clock] = [tempFolder(), fragileDisk(), manualClock()];
  const writer = await startJournalWriter(folder, settings, { clock, log: silentLog(), files: disk.files });
  onTestFinished(() => writer.stop());
  return { folder, disk, clock, writer };
};

const readAll = async (folder: string): Promise<string[]> => {
  const reader = await openJournalReader(folder, { clock: manualClock() });
  const { entries } = await reader.read(0, { entries: 1e6, bytes: 1e9 });
  return entries.map(({ sequence, payload }) => `${sequence} ${Buffer.from(payload).toString()}`);
};

/** Waits for a repair, which the writer tries once a second of its clock. */
const repaired = (clock: ManualClock, writer: JournalWriter): Promise<void> =>
  eventually(async () => {
    await clock.advance(seconds(1));
    expect(writer.state().stalled).toBeUndefined();
  });

const payload = (text: string) => ({ payload: Buffer.from(text) });

describe('an acknowledgement', () => {
  test('waits for the sync, and so do those that gather behind it', async () => {
    const { disk, writer } = await startFragile();
    const release = disk.holdSyncs();
    const order: number[] = [];
    const first = writer.append(packetOf(1)).synced.then(() => order.push(1));
    await eventually(() => expect(disk.waiting()).toBe(1));
    const second = writer.append(packetOf(2)).synced.then(() => order.push(2));
    expect([order, writer.state().last, writer.state().commits]).toEqual([[], 0, 0]);
    release();
    await Promise.all([first, second]);
    expect([order, writer.state().last, writer.state().commits]).toEqual([[1, 2], 2, 2]);
  });

  test.for(['write', 'sync'] as const)(
    'is refused when the %s fails, and a later attempt takes the same number',
    async (call) => {
      const { folder, disk, clock, writer } = await startFragile();
      await writer.append(packetOf(1, payload('kept'))).synced;
      disk.failing.set(call, 'EIO');
      const failed = writer.append(packetOf(2, payload('refused')));
      await expect(failed.synced).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED', retry: true });
      expect(writer.state()).toMatchObject({ stalled: 'error', last: 1 });
      expect(() => writer.append(packetOf(2))).toThrow(Fault);
      expect(await readAll(folder)).toEqual(['1 kept']);
      disk.failing.clear();
      await repaired(clock, writer);
      const again = writer.append(packetOf(2, payload('again')));
      await again.synced;
      expect(again.sequence).toBe(failed.sequence);
      expect(await readAll(folder)).toEqual(['1 kept', '2 again']);
      await writer.stop();
      const next = await startJournalWriter(folder, settings, { clock, log: silentLog() });
      expect(next.append(packetOf(3)).sequence).toBe(3);
      await next.stop();
      expect((await readAll(folder)).slice(0, 2)).toEqual(['1 kept', '2 again']);
    },
  );

  test('is refused to what gathered behind a failed group', async () => {
    const { disk, clock, writer } = await startFragile();
    const release = disk.holdSyncs();
    const ahead = writer.append(packetOf(1));
    await eventually(() => expect(disk.waiting()).toBe(1));
    const behind = writer.append(packetOf(2));
    disk.failing.set('sync', 'EIO');
    release();
    await expect(ahead.synced).rejects.toBeInstanceOf(Fault);
    await expect(behind.synced).rejects.toBeInstanceOf(Fault);
    disk.failing.clear();
    await repaired(clock, writer);
    expect(writer.append(packetOf(3)).sequence).toBe(1);
  });

  test('stays refused while the damage cannot be cut away', async () => {
    const { disk, clock, writer } = await startFragile();
    disk.failing.set('sync', 'EIO');
    await expect(writer.append(packetOf(1)).synced).rejects.toBeInstanceOf(Fault);
    await clock.advance(seconds(3));
    expect(writer.state().stalled).toBe('error');
    expect(() => writer.append(packetOf(1))).toThrow(Fault);
    disk.failing.clear();
    await repaired(clock, writer);
  });

  test.skipIf(!hasStrace)('comes behind the fdatasync in the order of system calls (needs strace)', async () => {
    const [folder, trace] = [tempFolder(), `${tempFolder()}/trace`];
    const calls = 'trace=write,writev,pwrite64,pwritev,fdatasync,fsync';
    const strace = ['strace', '-f', '-y', '-s', '200', '-e', calls, '-o', trace];
    const lines = await runScript('journal-child.ts', ['write-marks', folder], strace).ended;
    expect(lines).toHaveLength(5);
    // each mark must find, since the one before, a write to the segment and then a finished sync of it
    let state = 'nothing';
    const marks: string[] = [];
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/pwrite64\(\d+<[^>]*\.seg>/.test(line)) state = 'written';
      if (/fdatasync\(\d+<[^>]*\.seg>\)\s+= 0/.test(line) && state === 'written') state = 'synced';
      if (/fdatasync\(\d+<[^>]*\.seg> <unfinished/.test(line) && state === 'written') state = 'syncing';
      if (/<\.\.\. fdatasync resumed>\)\s+= 0/.test(line) && state === 'syncing') state = 'synced';
      const mark = /write\(1<[^>]*>, "acknowledged (\d)/.exec(line)?.[1];
      if (mark === undefined) continue;
      marks.push(`${mark} ${state}`);
      state = 'nothing';
    }
    expect(marks).toEqual([1, 2, 3, 4, 5].map((n) => `${n} synced`));
  });
});

describe('a disk that is really full', () => {
  test.skipIf(!isRoot)(
    'stops acknowledging, not reading, and recovers with the space (needs root for a mount)',
    async () => {
      const mount = tempFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount]);
      onTestFinished(() => void execFileSync('umount', ['--lazy', mount]));
      const folder = `${mount}/journal`;
      const writer = await startJournalWriter(folder, settings, { clock: systemClock, log: silentLog() });
      writeFileSync(`${mount}/ballast`, Buffer.alloc(2_000_000));
      const acknowledged: number[] = [];
      const fill = async (): Promise<void> => {
        for (let n = 1; n <= 4_000; n += 10) {
          const group: Appended[] = [];
          try {
            for (let i = 0; i < 10; i += 1)
              group.push(writer.append(packetOf(n + i, { payload: Buffer.alloc(1_500, 1) })));
          } finally {
            // where one is refused, those before it may still be synced
            await Promise.all(group.map(({ sequence, synced }) => synced.then(() => acknowledged.push(sequence))));
          }
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: 'JOURNAL_FULL', retry: true });
      expect(acknowledged.length).toBeGreaterThan(500);
      expect(writer.state()).toMatchObject({ stalled: 'reserve', last: acknowledged.at(-1) });
      expect(await readAll(folder)).toHaveLength(acknowledged.length);
      rmSync(`${mount}/ballast`);
      await eventually(() => expect(writer.state().stalled).toBeUndefined());
      const { sequence, synced } = writer.append(packetOf(1));
      await synced;
      expect(sequence).toBe(acknowledged.length + 1);
      expect(await readAll(folder)).toHaveLength(sequence);
      await writer.stop();
    },
  );
});
