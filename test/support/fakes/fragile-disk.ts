import { closeSync, existsSync, ftruncateSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { diskFiles, type JournalFile, type JournalFiles } from '#process/files.ts';

type Call = 'write' | 'publish' | 'sync' | 'open' | 'rename' | 'remove' | 'syncFolder';

/** Bytes of one file that survive a crash although they were not synced. */
export interface Remains {
  /** Number of bytes that survive. */
  keep(unsynced: number): number;
  /** Bytes of zeros that stand where the lost ones were, as some file systems leave them. */
  zeros(lost: number): number;
  /** Which of the published positions is found again. */
  position(versions: number): number;
  /** Whether a file is found whose folder was not synced after it was made. */
  isFound(): boolean;
}

/** Real files whose disk fails, hangs, fills up or loses power when a test says so. */
export interface FragileDisk {
  readonly files: JournalFiles;
  /** Every such call throws an error of this name until it is set to undefined. */
  readonly failing: Map<Call, string>;
  /** Answer of `freeBytes`; the true value while undefined. */
  free: number | undefined;
  /** Syncs wait until the release is called. */
  holdSyncs(): () => void;
  /** Number of syncs that wait for it. */
  waiting(): number;
  /** From now on every call fails and nothing more reaches the files. */
  powerOff(): void;
  /** Calls work again, on the files as they are in memory: after `powerOff`, as after a killed process. */
  powerOn(): void;
  /** Takes from the files what was not synced. The writer must have ended. */
  lose(remains: Remains): void;
}

interface Traced {
  synced: number;
  written: number;
  /**
   * Bytes from here on were written before a sync that failed. The kernel keeps them in memory and takes them as written: a later sync of the
   * file succeeds, and they are not on disk.
   */
  lost: number;
  isEntrySynced: boolean;
  readonly positions: Uint8Array[];
}

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: as the test wants it, ${syscall}`), { code, syscall });

const applyLoss = (path: string, traced: Traced, remains: Remains): void => {
  if (!existsSync(path)) return;
  if (!traced.isEntrySynced && !remains.isFound()) {
    unlinkSync(path);
    return;
  }
  const version = traced.positions[remains.position(traced.positions.length)];
  if (version !== undefined) {
    writeFileSync(path, version);
    return;
  }
  const unsynced = traced.written - traced.synced;
  const kept = traced.synced + remains.keep(unsynced);
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, kept);
  ftruncateSync(fd, kept + remains.zeros(traced.written - kept));
  closeSync(fd);
};

export const fragileDisk = (): FragileDisk => {
  const failing = new Map<Call, string>();
  const traces = new Map<string, Traced>();
  let isOff = false;
  let hold: PromiseWithResolvers<void> | undefined;
  let waiting = 0;

  const check = (call: Call): void => {
    const code = isOff ? 'EIO' : failing.get(call);
    if (code !== undefined) throw systemError(code, call);
  };

  const trace = (path: string, mode: 'replace' | 'keep'): Traced => {
    const known = traces.get(path);
    const size = mode === 'keep' && existsSync(path) ? statSync(path).size : 0;
    const traced = known ?? {
      synced: size,
      written: size,
      lost: Infinity,
      isEntrySynced: existsSync(path),
      positions: [],
    };
    if (mode === 'replace') Object.assign(traced, { synced: 0, written: 0, lost: Infinity });
    traces.set(path, traced);
    return traced;
  };

  const wrap = (file: JournalFile, traced: Traced): JournalFile => ({
    write: async (bytes, at) => {
      check('write');
      await file.write(bytes, at);
      traced.written = Math.max(traced.written, at + bytes.length);
    },
    writeNow: (bytes, at) => {
      check('publish');
      file.writeNow(bytes, at);
      traced.positions.push(Uint8Array.from(bytes));
    },
    sync: async () => {
      const { written } = traced;
      waiting += 1;
      await hold?.promise;
      waiting -= 1;
      try {
        check('sync');
        await file.sync();
        check('sync');
      } catch (error) {
        traced.lost = Math.min(traced.lost, traced.synced);
        throw error;
      }
      traced.synced = Math.min(written, traced.lost);
    },
    truncate: async (length) => {
      check('write');
      await file.truncate(length);
      const lost = length <= traced.lost ? Infinity : traced.lost;
      Object.assign(traced, { written: length, synced: Math.min(traced.synced, length), lost });
    },
    close: () => file.close(),
  });

  const disk: FragileDisk = {
    failing,
    free: undefined,
    holdSyncs: () => {
      const held = Promise.withResolvers<void>();
      hold = held;
      return () => {
        hold = undefined;
        held.resolve();
      };
    },
    waiting: () => waiting,
    powerOff: () => {
      isOff = true;
      hold?.resolve();
    },
    powerOn: () => {
      isOff = false;
      failing.clear();
    },
    lose: (remains) => {
      for (const [path, traced] of traces) if (!path.endsWith('.new')) applyLoss(path, traced, remains);
    },
    files: {
      open: async (path, mode) => {
        check('open');
        const traced = trace(path, mode);
        return wrap(await diskFiles.open(path, mode), traced);
      },
      syncFolder: async (path) => {
        check('syncFolder');
        await diskFiles.syncFolder(path);
        for (const [each, traced] of traces) if (each.startsWith(`${path}/`)) traced.isEntrySynced = true;
      },
      rename: async (from, to) => {
        check('rename');
        await diskFiles.rename(from, to);
        const traced = traces.get(from);
        if (traced !== undefined && to.endsWith('.seg')) traces.set(to, traced);
        traces.delete(from);
      },
      remove: async (path) => {
        check('remove');
        await diskFiles.remove(path);
        traces.delete(path);
      },
      freeBytes: async (folder) => disk.free ?? diskFiles.freeBytes(folder),
    },
  };
  return disk;
};
