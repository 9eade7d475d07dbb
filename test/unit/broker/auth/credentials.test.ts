import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seconds } from '#model/base/duration.ts';
import { Secret, hashSecret } from '#model/base/secret.ts';
import { createIdentify } from '#broker/auth/identity.ts';
import { startCredentials } from '#broker/auth/credentials.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const KEY = Buffer.alloc(32, 3);

const HOLDER = 'CREATE TABLE holder (id TEXT, kind TEXT, certificate_only INTEGER, gateway TEXT, external_id TEXT)';

const create = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  database.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE credential (holder TEXT, hash BLOB, until INTEGER); ' + HOLDER,
  );
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
};

const add = (database: DatabaseSync, device: string, secret: string, until: number | null = null): void => {
  database.prepare('INSERT INTO credential VALUES (?, ?, ?)').run(device, hashSecret(KEY, secret), until);
  database.prepare("INSERT INTO holder VALUES (?, 'device', 0, NULL, ?)").run(device, device);
};

const open = (path: string) => {
  const clock = manualClock();
  const log = silentLog();
  const credentials = startCredentials({ path, key: KEY }, { clock, log });
  onTestFinished(() => credentials.stop());
  const knows = (device: string, secret: string): boolean =>
    credentials.match(device, Buffer.from(secret)) !== undefined;
  return { clock, log, credentials, knows };
};

describe('credentials', () => {
  test('are empty without a file or a table, and are found when it is created', async () => {
    const path = join(tempFolder(), 'operations.db');
    const { clock, knows, log, credentials } = open(path);
    expect(knows('river-01', 'one')).toBe(false);
    expect(credentials.isThere()).toBe(false);
    const database = new DatabaseSync(path);
    onTestFinished(() => database.close());
    await clock.advance(seconds(1));
    database.exec('CREATE TABLE credential (holder TEXT, hash BLOB, until INTEGER); ' + HOLDER);
    add(database, 'river-01', 'one');
    expect(knows('river-01', 'one')).toBe(false);
    await clock.advance(seconds(1));
    expect(knows('river-01', 'one')).toBe(true);
    expect(credentials.isThere()).toBe(true);
    expect(log.lines).toEqual([]);
  });

  test('have two secrets of a device, and drop the older one after its deletion', async () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    add(database, 'river-01', 'old');
    add(database, 'river-01', 'new');
    const { clock, credentials, knows } = open(path);
    const old = credentials.match('river-01', Buffer.from('old'));
    expect([knows('river-01', 'old'), knows('river-01', 'new'), knows('river-01', 'other')]).toEqual([
      true,
      true,
      false,
    ]);
    let changes = 0;
    credentials.onChange(() => (changes += 1));
    database.prepare('DELETE FROM credential WHERE hash = ?').run(hashSecret(KEY, 'old'));
    await clock.advance(seconds(1));
    expect([knows('river-01', 'old'), knows('river-01', 'new')]).toEqual([false, true]);
    expect(credentials.holds('river-01', old ?? new Uint8Array())).toBe(false);
    expect(changes).toBe(1);
    await clock.advance(seconds(10));
    expect(changes).toBe(1);
  });

  test('are read again at once on request', () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    const { credentials, knows } = open(path);
    add(database, 'air-07', 'now');
    credentials.refresh();
    expect(knows('air-07', 'now')).toBe(true);
  });

  test('are not read again while the revision of the registry is the same', async () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    database.exec(
      "CREATE TABLE setting (name TEXT, value INTEGER); INSERT INTO setting VALUES ('registry_revision', 1)",
    );
    const { clock, credentials } = open(path);
    let changes = 0;
    credentials.onChange(() => (changes += 1));
    database.exec('CREATE TABLE ledger (x); INSERT INTO ledger VALUES (1)');
    await clock.advance(seconds(1));
    expect(changes).toBe(0);
    add(database, 'river-01', 'one');
    database.exec('UPDATE setting SET value = 2');
    await clock.advance(seconds(1));
    expect(changes).toBe(1);
  });

  test('are read from a restored file of the same name', async () => {
    const folder = tempFolder();
    const path = join(folder, 'operations.db');
    add(create(path), 'river-01', 'before');
    const { clock, knows } = open(path);
    const restored = create(join(folder, 'backup.db'));
    add(restored, 'river-01', 'after');
    restored.close();
    for (const tail of ['-wal', '-shm']) renameSync(`${path}${tail}`, `${path}.gone${tail}`);
    renameSync(join(folder, 'backup.db'), path);
    await clock.advance(seconds(1));
    expect([knows('river-01', 'before'), knows('river-01', 'after')]).toEqual([false, true]);
  });

  test('stay in use while the file cannot be read, which is logged once', async () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    add(database, 'river-01', 'one');
    const { clock, credentials, knows, log } = open(path);
    database.exec('DROP TABLE credential; CREATE VIEW credential AS SELECT holder, hash, until FROM nowhere');
    await clock.advance(seconds(3));
    expect(knows('river-01', 'one')).toBe(true);
    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(() => credentials.refresh()).toThrow(/cannot be read/);
  });
});

describe('credentials with an end', () => {
  test('end at that time, and the listeners are called', async () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    const { clock, credentials, knows } = open(path);
    add(database, 'river-01', 'old', clock.now() + 5_000);
    add(database, 'river-01', 'new');
    await clock.advance(seconds(1));
    const old = credentials.match('river-01', Buffer.from('old'));
    let changes = 0;
    credentials.onChange(() => (changes += 1));
    expect([knows('river-01', 'old'), knows('river-01', 'new')]).toEqual([true, true]);
    await clock.advance(seconds(5));
    expect([knows('river-01', 'old'), knows('river-01', 'new'), changes]).toEqual([false, true, 1]);
    expect(credentials.holds('river-01', old ?? new Uint8Array())).toBe(false);
  });
});

describe('a wrong secret', () => {
  test('takes as long as an unknown name: fastest tenths of 500 attempts each', () => {
    const path = join(tempFolder(), 'operations.db');
    add(create(path), 'river-01', 'right');
    const { credentials } = open(path);
    const wrong = Buffer.from('a-wrong-secret-of-16');
    const timed = (id: string): number => {
      const begun = performance.now();
      for (let i = 0; i < 50; i += 1) credentials.match(id, wrong);
      return performance.now() - begun;
    };
    /** Time of the fastest tenth, because other processes delay the rest. */
    const quick = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length / 10] ?? 0;
    timed('river-01');
    timed('nobody-1');
    const pairs = Array.from({ length: 500 }, () => [timed('river-01'), timed('nobody-1')] as const);
    const [known, unknown] = [quick(pairs.map(([of]) => of)), quick(pairs.map(([, of]) => of))];
    expect(Math.abs(known - unknown), `quickest tenths ${known} and ${unknown} ms`).toBeLessThan(
      0.15 * Math.max(known, unknown),
    );
  });
});

describe('gateways', () => {
  test('are found with their devices by external id', async () => {
    const path = join(tempFolder(), 'operations.db');
    const database = create(path);
    database.exec(`INSERT INTO holder VALUES ('ns-1', 'chirpstack', 0, NULL, NULL),
      ('river-01', 'device', 0, 'ns-1', '70b3d57ed0051a03'), ('air-07', 'device', 1, NULL, 'air-07')`);
    const { credentials } = open(path);
    expect(credentials.holder('ns-1')).toEqual({ kind: 'chirpstack', isCertificateOnly: false });
    expect(credentials.holder('air-07')).toEqual({ kind: 'device', isCertificateOnly: true });
    expect(credentials.deviceOf('ns-1', '70b3d57ed0051a03')).toBe('river-01');
    expect(credentials.deviceOf('ns-2', '70b3d57ed0051a03')).toBeUndefined();
    expect(credentials.speaksFor('ns-1', 'river-01')).toBe(true);
    expect(credentials.speaksFor('ns-1', 'air-07')).toBe(false);
  });
});

describe('a user name and a password', () => {
  test('of the operator require the operator token', () => {
    const { credentials } = open(join(tempFolder(), 'none.db'));
    const identifying = (token: Secret | undefined) => {
      const identify = createIdentify(credentials, token);
      return (user: string, password: Buffer | undefined) => identify({ user, password, certificate: undefined });
    };
    const identify = identifying(new Secret('token'));
    expect(identify('operator', Buffer.from('token'))).toEqual({ role: 'operator' });
    expect(identify('operator', Buffer.from('wrong'))).toBeUndefined();
    expect(identify('operator', undefined)).toBeUndefined();
    expect(identifying(undefined)('operator', Buffer.from('token'))).toBeUndefined();
  });
});
