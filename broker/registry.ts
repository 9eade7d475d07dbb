import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#model/clock.ts';
import { seconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Log } from '#model/log.ts';
import { hashSecret, isSameHash } from '#model/secret.ts';
import type { Credentials } from './identity.ts';

type Hashes = ReadonlyMap<string, readonly Uint8Array[]>;

/** Ingest holds the file for a moment as it opens it; longer than this would be felt by every device. */
const BUSY_MS = 200;

/** Compared with where the device is unknown, so that it takes as long as a wrong secret. */
const NOBODY: readonly Uint8Array[] = [new Uint8Array(32), new Uint8Array(32)];

export interface CredentialSource {
  /** The operations database, which ingest writes; a missing file or view means no devices yet. */
  readonly path: string;
  /** Key of this installation that secrets are hashed under. */
  readonly key: Buffer;
}

/**
 * Credentials as the operations database has them: `credential(device, hash)`. All of them are kept in memory, so that
 * a connect never waits for the database. Each second a look at `PRAGMA data_version` tells whether anything was
 * written; only then, and only when the registry's own revision has moved, are they read again.
 */
export const startCredentials = (
  source: CredentialSource,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Credentials & { stop(): void } => {
  const registry = openRegistry(source.path);
  const listeners: (() => void)[] = [];
  let hashes: Hashes = new Map();
  let isUnreadable = false;

  const take = (force: boolean): void => {
    const newer = registry.read(force);
    if (newer === undefined) return;
    hashes = newer;
    for (const call of listeners) call();
  };

  const poll = (): void => {
    try {
      take(false);
      isUnreadable = false;
    } catch (error) {
      if (!isUnreadable) log.warn('registry cannot be read; known devices go on', { path: source.path, error });
      isUnreadable = true;
    }
  };

  poll();
  const timer = clock.every(seconds(1), poll);
  return {
    match: (device, secret) => {
      const hash = hashSecret(source.key, secret);
      let found: Uint8Array | undefined;
      for (const each of hashes.get(device) ?? NOBODY) if (isSameHash(each, hash)) found = each;
      return hashes.has(device) ? found : undefined;
    },
    holds: (device, hash) => hashes.get(device)?.some((each) => isSameHash(each, hash)) ?? false,
    refresh: () => {
      try {
        take(true);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Fault('OPERATIONS_FAILED', `${source.path} cannot be read: ${why}`, { retry: true, cause });
      }
    },
    onChange: (call) => void listeners.push(call),
    stop: () => {
      timer.stop();
      registry.close();
    },
  };
};

interface RegistryFile {
  /** All credentials, or undefined when nothing has changed since the last reading. */
  read(force: boolean): Hashes | undefined;
  close(): void;
}

const openRegistry = (path: string): RegistryFile => {
  let file: { readonly database: DatabaseSync; readonly inode: number } | undefined;
  let seen: { version: unknown; revision: unknown } | undefined;

  const close = (): void => {
    file?.database.close();
    file = undefined;
    seen = undefined;
  };

  const open = (): DatabaseSync | undefined => {
    if (!existsSync(path)) {
      close();
      return undefined;
    }
    // a restored backup is another file under the same name
    const inode = statSync(path).ino;
    if (file !== undefined && file.inode !== inode) close();
    file ??= { database: new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS }), inode };
    return file.database;
  };

  return {
    read: (force) => {
      const hadFile = file !== undefined;
      const database = open();
      if (database === undefined) return hadFile || force ? new Map() : undefined;
      const version = database.prepare('PRAGMA data_version').get()?.['data_version'];
      if (!force && seen?.version === version) return undefined;
      const revision = revisionOf(database);
      if (!force && revision !== undefined && seen?.revision === revision) {
        seen.version = version;
        return undefined;
      }
      const hashes = readHashes(database);
      seen = { version, revision };
      return hashes;
    },
    close,
  };
};

const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND type IN ('table', 'view')").get(name) !== undefined;

const revisionOf = (database: DatabaseSync): unknown =>
  hasTable(database, 'setting')
    ? database.prepare("SELECT value FROM setting WHERE name = 'registry_revision'").get()?.['value']
    : undefined;

const readHashes = (database: DatabaseSync): Hashes => {
  const hashes = new Map<string, Uint8Array[]>();
  if (!hasTable(database, 'credential')) return hashes;
  for (const { device, hash } of database.prepare('SELECT device, hash FROM credential').all()) {
    if (typeof device !== 'string' || !(hash instanceof Uint8Array)) continue;
    const known = hashes.get(device);
    if (known === undefined) hashes.set(device, [hash]);
    else known.push(hash);
  }
  return hashes;
};
