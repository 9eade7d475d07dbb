import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JournalWriter } from '#journal/journal.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { systemClock } from '#model/base/clock.ts';
import type { JournalFiles } from '#process/files.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { fill, fillSlowly, readJournal, segmentsOf } from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { type FragileDisk, fragileDisk, type Remains } from '#test/support/fakes/fragile-disk.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { runScript } from '#test/support/processes/run-node.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const settings = { ...JournalSettings.parse({ segmentBytes: 1_000 }), reserveBytes: 0 };
const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** A power cut that takes every byte that was not synced, and leaves the last published position. */
const UNSYNCED: Remains = {
  keep: () => 0,
  zeros: () => 0,
  position: (versions) => versions - 1,
  isFound: () => true,
};

interface Fixture {
  readonly folder: string;
  readonly disk: FragileDisk;
  readonly writer: JournalWriter;
}

/** Starts a writer on a disk that fails as a test wants it. */
const startOn = async (folder: string, files: JournalFiles): Promise<JournalWriter> => {
  const writer = await startJournalWriter(folder, settings, { clock: manualClock(), log: silentLog(), files });
  onTestFinished(() => writer.stop());
  return writer;
};

const startFragile = async (): Promise<Fixture> => {
  const [folder, disk] = [tempFolder(), fragileDisk()];
  return { folder, disk, writer: await startOn(folder, disk.files) };
};

/** Ends a writer as SIGKILL does: nothing more reaches the files, and the kernel keeps what was written. */
const kill = async ({ disk, writer }: Fixture): Promise<void> => {
  disk.powerOff();
  await writer.stop();
  disk.powerOn();
};

const sequencesIn = async (folder: string): Promise<number[]> =>
  (await readJournal(folder)).map(({ sequence }) => sequence);

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

const failedSync = async ({ disk, writer }: Fixture, from: number, to: number): Promise<void> => {
  disk.failing.set('sync', 'EIO');
  await expect(fill(writer, from, to)).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
};

/** What was acknowledged while no position could be published; over several segments. */
const unpublished = async ({ disk, writer }: Fixture, from: number, to: number): Promise<void> => {
  disk.failing.set('publish', 'EIO');
  await fillSlowly(writer, from, to);
};

interface Case {
  readonly name: string;
  readonly last: number;
  readonly before: (at: Fixture) => Promise<void>;
}

const CASES: readonly Case[] = [
  {
    name: 'a failed sync behind synced entries',
    last: 5,
    before: async (at) => {
      await fill(at.writer, 1, 3);
      await failedSync(at, 4, 5);
    },
  },
  { name: 'a failed sync of the first entries', last: 2, before: (at) => failedSync(at, 1, 2) },
  {
    name: 'a failed sync at the beginning of a segment',
    last: 12,
    before: async (at) => {
      await fillSlowly(at.writer, 1, 8);
      await fill(at.writer, 9, 10);
      at.disk.failing.set('sync', 'EIO');
      await expect(fill(at.writer, 11, 12)).rejects.toThrow();
    },
  },
  {
    name: 'entries of several segments without a published position',
    last: 40,
    before: async (at) => {
      await fillSlowly(at.writer, 1, 3);
      await unpublished(at, 4, 40);
    },
  },
  {
    name: 'a position that is missing',
    last: 30,
    before: async (at) => {
      await fillSlowly(at.writer, 1, 30);
      rmSync(`${at.folder}/position`);
    },
  },
];

/** Fails each call from the given one on, as if the process ended there. */
const endingAt = (
  files: JournalFiles,
  count: number,
): { readonly files: JournalFiles; readonly isEnded: () => boolean } => {
  let calls = 0;
  const step = (): void => {
    calls += 1;
    if (calls >= count) throw Object.assign(new Error('the process has ended'), { code: 'EIO', syscall: 'test' });
  };
  const counted: JournalFiles = {
    ...files,
    open: async (path, mode) => {
      step();
      const file = await files.open(path, mode);
      return {
        write: async (bytes, at) => {
          step();
          await file.write(bytes, at);
        },
        writeNow: (bytes, at) => {
          step();
          file.writeNow(bytes, at);
        },
        sync: async () => {
          step();
          await file.sync();
        },
        truncate: async (length) => {
          step();
          await file.truncate(length);
        },
        close: () => file.close(),
      };
    },
    syncFolder: async (path) => {
      step();
      await files.syncFolder(path);
    },
    rename: async (from, to) => {
      step();
      await files.rename(from, to);
    },
  };
  return { files: counted, isEnded: () => calls >= count };
};

describe.for(CASES)('after $name and a kill, entries that readers did not see', ({ last, before }) => {
  test('are on disk before readers see them, once and in order', async () => {
    const at = await startFragile();
    await before(at);
    await kill(at);
    const again = { ...at, writer: await startOn(at.folder, at.disk.files) };
    expect(await sequencesIn(at.folder)).toEqual(upTo(last));
    await kill(again);
    at.disk.lose(UNSYNCED);
    const writer = await startOn(at.folder, fragileDisk().files);
    expect(await sequencesIn(at.folder)).toEqual(upTo(last));
    await fill(writer, last + 1, last + 1);
    expect(await sequencesIn(at.folder)).toEqual(upTo(last + 1));
    const { counts } = await writer.received(0, 1e9);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(last + 1);
  });

  test('are there once also where the start itself is interrupted, at any step', async () => {
    for (let step = 1, isEnded = true; isEnded; step += 1) {
      const at = await startFragile();
      await before(at);
      await kill(at);
      const ending = endingAt(at.disk.files, step);
      const starting = startJournalWriter(at.folder, settings, {
        clock: manualClock(),
        log: silentLog(),
        files: ending.files,
      });
      const interrupted = await starting.catch(() => undefined);
      isEnded = ending.isEnded();
      await interrupted?.stop();
      const writer = await startOn(at.folder, at.disk.files);
      expect(await sequencesIn(at.folder), `interrupted at call ${step}`).toEqual(upTo(last));
      const { through, counts } = await writer.received(0, 1e9);
      expect([through, counts.reduce((sum, { count }) => sum + count, 0)]).toEqual([last, last]);
      await kill({ ...at, writer });
      at.disk.lose(UNSYNCED);
      await startOn(at.folder, fragileDisk().files);
      expect(await sequencesIn(at.folder), `interrupted at call ${step}`).toEqual(upTo(last));
    }
  });
});

test('a stop without a failure leaves nothing to write anew', async () => {
  const { folder, disk, writer } = await startFragile();
  await fillSlowly(writer, 1, 20);
  await writer.stop();
  const before = segmentsOf(folder).map((path) => [path, statSync(path).ino]);
  await startOn(folder, disk.files);
  expect(segmentsOf(folder).map((path) => [path, statSync(path).ino])).toEqual(before);
});

test.skipIf(!hasStrace)(
  'a process whose fdatasync fails and that is killed leaves frames that the next one writes and syncs before it reports them (needs strace)',
  async () => {
    const [folder, trace] = [tempFolder(), `${tempFolder()}/trace`];
    const eio = [
      'strace',
      '-f',
      '-o',
      '/dev/null',
      '-e',
      'trace=fdatasync',
      '-e',
      'inject=fdatasync:error=EIO:when=10+',
    ];
    const failing = runScript('journal-child.ts', ['write-until-failure', folder], eio);
    const [number = '', code] = (await failing.ended).slice(-2);
    expect(code).toBe('JOURNAL_WRITE_FAILED');
    const acknowledged = Number(number);
    const [written = ''] = segmentsOf(folder).slice(-1);
    const { size } = statSync(written);

    const calls = 'trace=write,writev,pwrite64,pwritev,fdatasync,fsync,rename,ftruncate';
    await runScript('journal-child.ts', ['start', folder], ['strace', '-f', '-y', '-e', calls, '-o', trace]).ended;
    const lines = readFileSync(trace, 'utf8').split('\n');
    const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
    const fresh = `${String(acknowledged + 1).padStart(20, '0')}.seg`;
    const steps = [
      at(new RegExp(`pwrite64\\(\\d+<[^>]*${fresh}\\.new>`)),
      at(new RegExp(`fdatasync\\(\\d+<[^>]*${fresh}\\.new>`)),
      at(new RegExp(`rename\\("[^"]*${fresh}\\.new"`)),
      at(/pwrite64\(\d+<[^>]*position>/),
    ];
    expect(steps.every((step) => step >= 0)).toBe(true);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(statSync(written).size).toBeLessThan(size);
    expect(segmentsOf(folder).map((path) => basename(path))).toContain(fresh);
    const entries = await readJournal(folder);
    expect(entries.map(({ sequence }) => sequence)).toEqual(upTo(entries.length));
    expect(entries.length).toBeGreaterThan(acknowledged);
    const writer = await startJournalWriter(folder, settings, { clock: systemClock, log: silentLog() });
    expect(writer.append(packetOf(1)).sequence).toBe(entries.length + 1);
    await writer.stop();
  },
);

test('a start that cannot write them refuses with what to do, and the next one has them', async () => {
  const at = await startFragile();
  await fill(at.writer, 1, 3);
  await failedSync(at, 4, 5);
  await kill(at);
  for (const [error, code] of [
    ['ENOSPC', 'JOURNAL_FULL'],
    ['EIO', 'JOURNAL_WRITE_FAILED'],
  ] as const) {
    at.disk.failing.set('write', error);
    await expect(startOn(at.folder, at.disk.files)).rejects.toMatchObject({ code, retry: true });
  }
  at.disk.failing.clear();
  await startOn(at.folder, at.disk.files);
  expect(await sequencesIn(at.folder)).toEqual(upTo(5));
});
