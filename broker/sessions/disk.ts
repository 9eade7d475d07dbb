import { renameSync, rmSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** A record to write, or to delete when its value is undefined. */
export interface DiskChange {
  readonly key: string;
  readonly value: Buffer | undefined;
}

/** Records by key in a folder, in LevelDB. */
export interface Disk {
  /** Records at the time of opening, in the order of the keys. */
  readonly found: ReadonlyMap<string, Buffer>;
  /** Writes all records or none; synced when it resolves. */
  write(changes: readonly DiskChange[]): Promise<void>;
  /** Replaces the content; all or none. */
  replace(changes: readonly DiskChange[]): Promise<void>;
  close(): Promise<void>;
}

const open = async (folder: string): Promise<Disk> => {
  const level = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer', maxFileSize: 2 ** 20 });
  const found = new Map<string, Buffer>();
  try {
    await level.open();
    for await (const [key, value] of level.iterator()) found.set(key, value);
  } catch (error) {
    await level.close().catch(() => undefined);
    throw error;
  }
  const write = (changes: readonly DiskChange[]): Promise<void> =>
    level.batch(
      changes.map(({ key, value }) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value })),
      { sync: true },
    );
  return {
    found,
    write,
    replace: async (changes) => {
      const keys = new Set(changes.map(({ key }) => key));
      const stale = (await level.keys().all()).filter((key) => !keys.has(key));
      await write([...stale.map((key) => ({ key, value: undefined })), ...changes]);
    },
    close: () => level.close(),
  };
};

const codeOf = (error: unknown): unknown => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
};

/**
 * Opens the folder of persistent sessions and reads it. A damaged folder is renamed to `<folder>.damaged`, the broker starts without
 * sessions, and `SESSIONS_DAMAGED` is logged: readings and commands are in other places, so the broker must start. A folder that
 * cannot be opened for another reason, such as a full disk, is not changed: the result is undefined, this run keeps its sessions in memory,
 * and `SESSIONS_AWAY` is logged.
 * @throws Fault `DATA_LOCKED` when another process has opened it
 */
export const openDisk = async (folder: string, { log }: { readonly log: Log }): Promise<Disk | undefined> => {
  try {
    return await open(folder);
  } catch (error) {
    if (codeOf(error) === 'LEVEL_LOCKED') {
      throw new Fault('DATA_LOCKED', `another broker uses ${folder}; stop it or choose another data folder`, {
        cause: error,
      });
    }
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    if (codeOf(error) !== 'LEVEL_CORRUPTION') {
      const away = new Fault('SESSIONS_AWAY', `${reason}; repair that and restart the broker`);
      log.error('persistent sessions are in memory only', { code: away.code, detail: away.detail });
      return undefined;
    }
    const aside = `${folder}.damaged`;
    const fault = new Fault('SESSIONS_DAMAGED', `${reason}; the folder is now ${aside} and may be deleted`);
    log.error('persistent sessions could not be read', { code: fault.code, detail: fault.detail });
    rmSync(aside, { recursive: true, force: true });
    renameSync(folder, aside);
    return open(folder);
  }
};
