import { renameSync, rmSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** One record to be put, or with an undefined value to be removed. */
export interface DiskChange {
  readonly key: string;
  readonly value: Buffer | undefined;
}

/** Records by key in a folder: LevelDB, and this file its one door. */
export interface Disk {
  /** What was there when it was opened, in the order of the keys. */
  readonly found: ReadonlyMap<string, Buffer>;
  /** All or none; synced when it resolves. */
  write(changes: readonly DiskChange[]): Promise<void>;
  /** Puts these in place of everything; all or none. */
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
      const gone = (await level.keys().all()).filter((key) => !keys.has(key));
      await write([...gone.map((key) => ({ key, value: undefined })), ...changes]);
    },
    close: () => level.close(),
  };
};

const codeOf = (error: unknown): unknown => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
};

/**
 * Opens the folder of kept sessions and reads it. One that is damaged is moved aside under the name
 * `<folder>.damaged`, the broker begins with none, and the log tells `SESSIONS_DAMAGED`: readings and commands are
 * elsewhere, so no start is to fail for it. One that cannot be opened for another reason, such as a full disk, stays
 * as it is: undefined, so that this run of the broker keeps its sessions in memory, and the log tells `SESSIONS_AWAY`.
 * @throws Fault `DATA_LOCKED` when another process has it open
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
      const away = new Fault('SESSIONS_AWAY', `${reason}; mend that and start the broker again`);
      log.error('kept sessions are in memory only', { code: away.code, detail: away.detail });
      return undefined;
    }
    const aside = `${folder}.damaged`;
    const fault = new Fault('SESSIONS_DAMAGED', `${reason}; it is now ${aside}, and may be removed`);
    log.error('kept sessions could not be read', { code: fault.code, detail: fault.detail });
    rmSync(aside, { recursive: true, force: true });
    renameSync(folder, aside);
    return open(folder);
  }
};
