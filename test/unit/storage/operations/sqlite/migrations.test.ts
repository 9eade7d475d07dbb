import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MIGRATIONS } from '#storage/operations/sqlite/migrations/index.ts';
import { migrate, SCHEMA_VERSION } from '#storage/operations/sqlite/schema.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const VERSIONS = Array.from({ length: SCHEMA_VERSION - 1 }, (_, i) => i + 1);

/** A database as the program of that version left it, with a station and a device at it. */
const ofVersion = (version: number): string => {
  const path = join(tempFolder(), 'operations.db');
  const database = new DatabaseSync(path);
  for (const sql of MIGRATIONS.slice(0, version)) database.exec(sql);
  database.exec(`
    PRAGMA user_version = ${version};
    INSERT INTO station VALUES ('ST1', 'air', 'Stasiun', -7.39, 109.36, '{}');
    INSERT INTO device (id, codec, every_ms, fields, revoked, registered_at) VALUES ('dev-1', 'json', 60000, '{}', 0, 5);
    INSERT INTO assignment VALUES ('dev-1', 0, 'ST1');
    INSERT INTO secret (device, created_at, hash) VALUES ('dev-1', 1, x'0102');
    INSERT INTO ledger_message VALUES ('dev-1', 7, 'j', 3, 1, 0);
    INSERT INTO quarantine (id, journal, sequence, device, topic, received_at, codec, payload, state)
      VALUES (1, 'j', 9, 'dev-1', 'v1/dev-1/readings', 6, 'json', x'7b7d', 'open');
    INSERT INTO quarantine_part (packet, position, place, code, detail, readings)
      VALUES (1, 0, '/values/x', 'PROPERTY_UNKNOWN', 'unknown', 1);
  `);
  database.close();
  return path;
};

describe.for(VERSIONS)('a database of version %i', (version) => {
  test('is brought to the newest shape, keeps what it holds, and is kept beside it as it was', async () => {
    const path = ofVersion(version);
    const operations = openSqliteOperations(path);
    onTestFinished(() => operations.stop());
    expect(operations.registry().devices.get('dev-1')).toMatchObject({ assignments: [{ station: 'ST1', from: 0 }] });
    expect(operations.secretHashes('dev-1', 10)).toHaveLength(1);
    expect(operations.messageCounts({ device: undefined, fromHour: 0, toHour: 9 })).toMatchObject([{ processed: 3 }]);
    expect(operations.quarantined(1)).toMatchObject({ state: 'open', parts: [{ place: '/values/x', readings: 1 }] });
    expect(operations.standingAlerts()).toEqual([]);
    const before = new DatabaseSync(`${path}.before-${version}`, { readOnly: true });
    expect(before.prepare('PRAGMA user_version').get()).toEqual({ user_version: version });
    before.close();
  });
});

test('alarms that were given up by an earlier version, and that stand, are owed to whoever missed them', async () => {
  const path = ofVersion(13);
  const database = new DatabaseSync(path);
  const alertOf = (
    id: number,
    state: string,
  ): string => `INSERT INTO alert (id, rule, station, device, family, property,
    severity, state, value, observed_at, raise, clear, trend, since, is_told, rest) VALUES (${id}, 'waspada', 'ST1', 'dev-1',
    'river', 'stage', 'moderate', '${state}', 3, 5, 2.5, 2.4, 'steady', 5, 1,
    '{"title":{"id":"a","en":"a"},"anchor":{"at":5,"value":3}}')`;
  const messageOf = (
    alert: number,
    state: string,
  ): string => `INSERT INTO outbox (key, alert, state, channel, recipient, body,
    received_at, created_at, delivery, attempts) VALUES ('${alert}-${state}', ${alert}, '${state}', 'email', 'sari', '', 5, 5,
    'failed', 500)`;
  for (const sql of [alertOf(1, 'firing'), alertOf(2, 'resolved'), messageOf(1, 'firing'), messageOf(2, 'firing')]) {
    database.exec(sql);
  }
  database.close();
  const operations = openSqliteOperations(path);
  onTestFinished(() => operations.stop());
  expect(operations.outboxMissed(9).map(({ alert }) => alert)).toEqual([1]);
  expect(operations.deliveries(2)).toMatchObject([{ delivery: 'failed' }]);
});

test('a database that is empty, or new enough, is not copied', () => {
  const path = join(tempFolder(), 'operations.db');
  for (let start = 0; start < 2; start += 1) {
    const database = new DatabaseSync(path);
    migrate(database, path);
    database.close();
  }
  expect(existsSync(`${path}.before-0`)).toBe(false);
  expect(existsSync(`${path}.before-${SCHEMA_VERSION}`)).toBe(false);
});

test('a step that fails leaves the file at the version before it', () => {
  const path = ofVersion(1);
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE outbox (in_the_way TEXT)');
  expect(() => migrate(database, path)).toThrow(/outbox/);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  expect(database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'alert'").get()).toBeUndefined();
  database.exec('DROP TABLE outbox');
  migrate(database, path);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION });
  database.close();
});

test('a database of a newer program is refused, with what to do', () => {
  const path = join(tempFolder(), 'operations.db');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  database.close();
  expect(() => openSqliteOperations(path)).toThrow(/start the newer version again or restore a backup/);
});
