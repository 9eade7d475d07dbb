/** Step 1: see `index.ts`. */
export const base = `
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
`;
