import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Disk, type DiskChange, openDisk } from '#broker/sessions/disk.ts';
import { WriteBehind } from '#broker/sessions/write-behind.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { type SilentLog, silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const opened = async (folder: string, log: SilentLog): Promise<Disk> => {
  const disk = await openDisk(folder, { log });
  if (disk === undefined) throw new Error('the folder was not opened');
  return disk;
};

/** A real folder that records writes and fails on request. */
const aMirror = async () => {
  const folder = join(tempFolder(), 'sessions');
  const log = silentLog();
  const clock = manualClock();
  const real = await opened(folder, log);
  const batches: string[][] = [];
  let isBroken = false;
  const note = (changes: readonly DiskChange[]) => {
    batches.push(changes.map(({ key, value }) => (value === undefined ? `-${key}` : `${key}=${value.toString()}`)));
    if (isBroken) throw new Error('no space left on device');
  };
  const disk: Disk = {
    found: real.found,
    write: async (changes) => {
      note(changes);
      await real.write(changes);
    },
    replace: async (changes) => {
      note(changes);
      await real.replace(changes);
    },
    close: () => real.close(),
  };
  const records = new Map<string, string>();
  const mirror = new WriteBehind({
    clock,
    log,
    disk,
    all: () => [...records].map(([key, value]) => [key, () => Buffer.from(value)] as const),
  });
  onTestFinished(() => mirror.stop());
  const put = (key: string, value: string): void => {
    records.set(key, value);
    mirror.put(key, () => Buffer.from(value));
  };
  const remove = (key: string): void => {
    records.delete(key);
    mirror.remove(key);
  };
  const found = async (): Promise<Record<string, string>> => {
    await mirror.stop();
    const again = await opened(folder, log);
    await again.close();
    return Object.fromEntries([...again.found].map(([key, value]) => [key, value.toString()]));
  };
  const breakDisk = (broken: boolean): void => {
    isBroken = broken;
  };
  return { mirror, put, remove, batches, clock, log, found, breakDisk };
};

describe('the write-behind of sessions', () => {
  test('writes the last value of a record, and not the values in between', async () => {
    const { put, remove, batches, clock, found } = await aMirror();
    put('a', '1');
    put('a', '2');
    put('b', 'never');
    remove('b');
    expect(batches).toEqual([]);
    await clock.advance(milliseconds(250));
    await eventually(() => expect(batches).toEqual([['a=2']]));
    expect(await found()).toEqual({ a: '2' });
  });

  test('writes at once for waiting callers, in one batch', async () => {
    const { mirror, put, batches } = await aMirror();
    put('a', '1');
    const first = mirror.synced();
    put('b', '2');
    await Promise.all([first, mirror.synced(), mirror.synced()]);
    put('c', '3');
    await mirror.synced();
    await mirror.synced();
    expect(batches.flat()).toEqual(['a=1', 'b=2', 'c=3']);
    expect(batches.length).toBeLessThanOrEqual(3);
  });

  test('deletes records on disk', async () => {
    const { mirror, put, remove, found } = await aMirror();
    put('a', '1');
    put('b', '2');
    await mirror.synced();
    remove('a');
    expect(await found()).toEqual({ b: '2' });
  });

  test('continues in memory without a working disk, and writes all records when it works again', async () => {
    const { mirror, put, remove, breakDisk, clock, log, found, batches } = await aMirror();
    put('a', '1');
    await mirror.synced();
    breakDisk(true);
    put('b', '2');
    await mirror.synced();
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    put('c', '3');
    remove('a');
    await mirror.synced();
    const before = batches.length;
    await clock.advance(seconds(5));
    await eventually(() => expect(batches.length).toBe(before + 1));
    breakDisk(false);
    await eventually(async () => {
      await clock.advance(seconds(5));
      expect(log.lines.map(({ event }) => event)).toContain('persistent sessions are on disk again');
    });
    put('d', '4');
    expect(await found()).toEqual({ b: '2', c: '3', d: '4' });
  });
});
