import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '#model/fault.ts';

/**
 * Numbered steps from an empty file to the newest shape; `PRAGMA user_version` says how many were taken. A step that
 * has been released is never changed: a new one is added behind it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO setting VALUES ('registry_revision', 0);

  CREATE TABLE station (
    id TEXT PRIMARY KEY, family TEXT NOT NULL, name TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT;
  CREATE TABLE device (
    id TEXT PRIMARY KEY, codec TEXT NOT NULL, every_ms INTEGER NOT NULL, fields TEXT NOT NULL,
    revoked INTEGER NOT NULL, registered_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE assignment (
    device TEXT NOT NULL REFERENCES device ON DELETE CASCADE, from_at INTEGER NOT NULL, station TEXT NOT NULL,
    PRIMARY KEY (device, from_at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secret (
    device TEXT NOT NULL REFERENCES device ON DELETE CASCADE, created_at INTEGER NOT NULL, hash BLOB NOT NULL
  ) STRICT;
  CREATE INDEX secret_device ON secret (device);
  -- what the broker reads, and all it reads
  CREATE VIEW credential AS
    SELECT secret.device, secret.hash FROM secret JOIN device ON device.id = secret.device WHERE device.revoked = 0;

  CREATE TABLE cursor (reader TEXT PRIMARY KEY, journal TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
  CREATE TABLE intent (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1), journal TEXT NOT NULL, from_sequence INTEGER NOT NULL,
    to_sequence INTEGER NOT NULL, verdicts TEXT NOT NULL
  ) STRICT;
  CREATE TABLE device_mark (
    device TEXT PRIMARY KEY, newest INTEGER NOT NULL, newest_arrival INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE pin (
    device TEXT NOT NULL, identity TEXT NOT NULL, observed_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    PRIMARY KEY (device, identity)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pin_received ON pin (received_at);

  CREATE TABLE ledger_message (
    device TEXT NOT NULL, hour INTEGER NOT NULL, journal TEXT NOT NULL, processed INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, discarded INTEGER NOT NULL, PRIMARY KEY (device, hour, journal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger_reading (
    device TEXT NOT NULL, hour INTEGER NOT NULL, journal TEXT NOT NULL, decoded INTEGER NOT NULL,
    stored INTEGER NOT NULL, duplicates INTEGER NOT NULL, refused INTEGER NOT NULL, revised INTEGER NOT NULL,
    missing INTEGER NOT NULL, PRIMARY KEY (device, hour, journal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger_row (
    store TEXT NOT NULL, device TEXT NOT NULL, property TEXT NOT NULL, hour INTEGER NOT NULL,
    stored INTEGER NOT NULL, revised INTEGER NOT NULL, PRIMARY KEY (store, device, property, hour)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, journal TEXT NOT NULL, sequence INTEGER NOT NULL, device TEXT NOT NULL,
    topic TEXT NOT NULL, received_at INTEGER NOT NULL, codec TEXT NOT NULL, payload BLOB NOT NULL,
    state TEXT NOT NULL, UNIQUE (journal, sequence)
  ) STRICT;
  CREATE TABLE quarantine_part (
    packet INTEGER NOT NULL REFERENCES quarantine ON DELETE CASCADE, position INTEGER NOT NULL, place TEXT NOT NULL,
    code TEXT NOT NULL, detail TEXT NOT NULL, readings INTEGER NOT NULL, PRIMARY KEY (packet, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX quarantine_state ON quarantine (state, id);

  CREATE TABLE latest (
    station TEXT NOT NULL, device TEXT NOT NULL, property TEXT NOT NULL, family TEXT NOT NULL, value REAL NOT NULL,
    flag INTEGER NOT NULL, observed_at INTEGER NOT NULL, received_at INTEGER NOT NULL, timed_by TEXT NOT NULL,
    PRIMARY KEY (station, device, property)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE presence (
    device TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, connection INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE last_seen (device TEXT PRIMARY KEY, received_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, station TEXT NOT NULL, device TEXT NOT NULL,
    family TEXT NOT NULL, property TEXT NOT NULL, severity TEXT NOT NULL, state TEXT NOT NULL, value REAL NOT NULL,
    observed_at INTEGER NOT NULL, raise REAL NOT NULL, clear REAL NOT NULL, trend TEXT NOT NULL,
    since INTEGER NOT NULL, fired_at INTEGER, resolved_at INTEGER, is_told INTEGER NOT NULL,
    -- title, channels and the anchor of the trend: never asked for by themselves
    rest TEXT NOT NULL,
    acknowledged_at INTEGER, acknowledged_by TEXT, acknowledged_note TEXT
  ) STRICT;
  CREATE INDEX alert_standing ON alert (id) WHERE state <> 'resolved';
  CREATE INDEX alert_station ON alert (station, id);
  CREATE TABLE alert_event (
    id INTEGER PRIMARY KEY, alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE, kind TEXT NOT NULL,
    at INTEGER NOT NULL, received_at INTEGER NOT NULL, value REAL NOT NULL, note TEXT
  ) STRICT;
  CREATE INDEX alert_event_alert ON alert_event (alert, id);
  CREATE TABLE silence (
    id INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT, rule TEXT, from_at INTEGER NOT NULL, until INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    state TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL,
    received_at INTEGER NOT NULL, created_at INTEGER NOT NULL, delivery TEXT NOT NULL, attempts INTEGER NOT NULL,
    delivered_at INTEGER, last_error TEXT, UNIQUE (key, channel, recipient)
  ) STRICT;
  CREATE INDEX outbox_waiting ON outbox (channel, recipient, id) WHERE delivery = 'waiting';
  CREATE INDEX outbox_alert ON outbox (alert, id);
  `,
  `
  ALTER TABLE quarantine ADD COLUMN codec_version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE quarantine ADD COLUMN is_dup INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE quarantine ADD COLUMN closed_at INTEGER;
  ALTER TABLE quarantine_part ADD COLUMN further INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX quarantine_device ON quarantine (device, id);
  CREATE INDEX quarantine_closed ON quarantine (closed_at) WHERE closed_at IS NOT NULL;
  CREATE TABLE quarantine_event (
    packet INTEGER NOT NULL REFERENCES quarantine ON DELETE CASCADE, at INTEGER NOT NULL, action TEXT NOT NULL,
    note TEXT NOT NULL
  ) STRICT;
  CREATE INDEX quarantine_event_packet ON quarantine_event (packet);
  CREATE TABLE replay (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), plan TEXT NOT NULL) STRICT;
  INSERT INTO setting VALUES ('replay_number', 0);
  `,
  `
  ALTER TABLE device ADD COLUMN external_id TEXT;
  ALTER TABLE device ADD COLUMN gateway TEXT;
  ALTER TABLE device ADD COLUMN certificate_only INTEGER NOT NULL DEFAULT 0;
  -- from when on it counts no more; the newest of a device has no end
  ALTER TABLE secret ADD COLUMN until INTEGER;
  CREATE TABLE gateway (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, registered_at INTEGER NOT NULL, revoked INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE gateway_secret (
    gateway TEXT NOT NULL REFERENCES gateway ON DELETE CASCADE, created_at INTEGER NOT NULL, hash BLOB NOT NULL,
    until INTEGER
  ) STRICT;
  CREATE TABLE claim (
    device TEXT PRIMARY KEY REFERENCES device ON DELETE CASCADE, hash BLOB NOT NULL UNIQUE, until INTEGER NOT NULL
  ) STRICT;
  -- what the broker reads, and all it reads: who may connect, and with which secrets
  DROP VIEW credential;
  CREATE VIEW holder AS
    SELECT id, 'device' AS kind, certificate_only, gateway, coalesce(external_id, id) AS external_id
    FROM device WHERE revoked = 0
    UNION ALL SELECT id, kind, 0, NULL, NULL FROM gateway WHERE revoked = 0;
  CREATE VIEW credential AS
    SELECT secret.device AS holder, secret.hash, secret.until
    FROM secret JOIN device ON device.id = secret.device WHERE device.revoked = 0
    UNION ALL SELECT gateway_secret.gateway, gateway_secret.hash, gateway_secret.until
    FROM gateway_secret JOIN gateway ON gateway.id = gateway_secret.gateway WHERE gateway.revoked = 0;
  `,
  `
  CREATE TABLE listening_gap (from_at INTEGER PRIMARY KEY, to_at INTEGER NOT NULL) STRICT;
  ALTER TABLE device ADD COLUMN silent_after_ms INTEGER;
  `,
  `
  -- the registry that an open intent was made with, once it is changed
  ALTER TABLE intent ADD COLUMN registry TEXT;
  `,
  `
  CREATE TABLE command (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, name TEXT NOT NULL,
    arguments TEXT NOT NULL, given_by TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    state TEXT NOT NULL, sent_at INTEGER, sent_to INTEGER NOT NULL, delivered_at INTEGER, closed_at INTEGER, reply BLOB
  ) STRICT;
  CREATE INDEX command_device ON command (device, number);
  CREATE INDEX command_open ON command (number) WHERE closed_at IS NULL;
  CREATE INDEX command_closed ON command (closed_at) WHERE closed_at IS NOT NULL;
  CREATE TABLE device_config (
    device TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, given_by TEXT, config TEXT NOT NULL,
    PRIMARY KEY (device, revision)
  ) STRICT, WITHOUT ROWID;
  `,
];

const versionOf = (database: DatabaseSync): number => {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  return typeof version === 'number' ? version : 0;
};

/**
 * Brings a database to the newest shape, each step in a transaction of its own.
 * @throws Fault `DATA_NEWER` when it was written by a newer program
 */
export const migrate = (database: DatabaseSync, path: string): void => {
  const version = versionOf(database);
  if (version > MIGRATIONS.length) {
    throw new Fault(
      'DATA_NEWER',
      `${path} has schema ${version}, this program knows ${MIGRATIONS.length}; start the newer version again or restore a backup`,
    );
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${version + index + 1}; COMMIT`);
  });
};
