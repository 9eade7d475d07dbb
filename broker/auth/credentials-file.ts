import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { GATEWAY_KINDS } from '#model/registry/gateway.ts';
import { OwnTopics } from '#model/registry/device.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Holder } from './identity.ts';

/** Wait for the lock: ingest locks the file briefly when it opens it. A longer wait would delay all devices. */
const BUSY_MS = 200;

export interface StoredSecret {
  readonly hash: Uint8Array;
  /** End of its validity. */
  readonly until: Instant | undefined;
}

/** The data of the registry that the broker uses. */
export interface KnownCredentials {
  readonly holders: ReadonlyMap<string, Holder>;
  readonly secrets: ReadonlyMap<string, readonly StoredSecret[]>;
  /** Gateway → external id → device. */
  readonly forwarded: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Device → its gateway. */
  readonly gateways: ReadonlyMap<string, string>;
}

export const NOTHING_KNOWN: KnownCredentials = {
  holders: new Map(),
  secrets: new Map(),
  forwarded: new Map(),
  gateways: new Map(),
};

export interface CredentialsFile {
  /** The credentials. Undefined when nothing has changed since the last read. */
  read(force: boolean): KnownCredentials | undefined;
  close(): void;
}

/** Reads the operations database: the views `holder` and `credential`, and the revision of the registry. */
export const openCredentialsFile = (path: string): CredentialsFile => {
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
      if (database === undefined) return hadFile || force ? NOTHING_KNOWN : undefined;
      const version = database.prepare('PRAGMA data_version').get()?.['data_version'];
      if (!force && seen?.version === version) return undefined;
      const revision = revisionOf(database);
      if (!force && revision !== undefined && seen?.revision === revision) {
        seen.version = version;
        return undefined;
      }
      const known = readKnown(database);
      seen = { version, revision };
      return known;
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

const readKnown = (database: DatabaseSync): KnownCredentials => {
  if (!hasTable(database, 'holder')) return NOTHING_KNOWN;
  // one transaction, so that a secret is not read without its holder
  database.exec('BEGIN');
  try {
    return { ...readHolders(database), secrets: readSecrets(database) };
  } finally {
    database.exec('COMMIT');
  }
};

const readHolders = (database: DatabaseSync): Omit<KnownCredentials, 'secrets'> => {
  const holders = new Map<string, Holder>();
  const forwarded = new Map<string, Map<string, string>>();
  const gateways = new Map<string, string>();
  for (const row of database.prepare('SELECT * FROM holder').all()) {
    const { id, kind: named, certificate_only: only, gateway, external_id: externalId, topics } = row;
    const kind = named === 'device' ? named : GATEWAY_KINDS.find((each) => each === named);
    if (typeof id !== 'string' || kind === undefined) continue;
    const own = typeof topics === 'string' ? OwnTopics.parse(JSON.parse(topics)) : undefined;
    holders.set(id, { kind, isCertificateOnly: only === 1, topics: own });
    if (typeof gateway !== 'string' || typeof externalId !== 'string') continue;
    gateways.set(id, gateway);
    const devices = forwarded.get(gateway) ?? new Map<string, string>();
    forwarded.set(gateway, devices.set(externalId, id));
  }
  return { holders, forwarded, gateways };
};

const readSecrets = (database: DatabaseSync): KnownCredentials['secrets'] => {
  const secrets = new Map<string, StoredSecret[]>();
  for (const { holder, hash, until } of database.prepare('SELECT holder, hash, until FROM credential').all()) {
    if (typeof holder !== 'string' || !(hash instanceof Uint8Array)) continue;
    const secret = { hash, until: typeof until === 'number' ? until : undefined };
    const known = secrets.get(holder);
    if (known === undefined) secrets.set(holder, [secret]);
    else known.push(secret);
  }
  return secrets;
};
