/**
 * The tables of the operations database: the first of the migrations in `migrate.ts`. A column has the name of its member
 * (`table.ts`); members that no query asks for stand as JSON in the column `rest`.
 */
export const SCHEMA = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO setting VALUES ('registry_revision', 0), ('replay_number', 0), ('broker_run', 0);

  CREATE TABLE station (
    id TEXT PRIMARY KEY, family TEXT NOT NULL, name TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT;
  CREATE TABLE device (
    id TEXT PRIMARY KEY, gateway TEXT, external_id TEXT, certificate_only INTEGER, topics TEXT, registered_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL, rest TEXT NOT NULL
  ) STRICT;
  CREATE TABLE assignment (
    device TEXT NOT NULL REFERENCES device ON DELETE CASCADE, "from" INTEGER NOT NULL, station TEXT NOT NULL,
    PRIMARY KEY (device, "from")
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE profile (
    id TEXT NOT NULL, version TEXT NOT NULL, rest TEXT NOT NULL, PRIMARY KEY (id, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE gateway (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, registered_at INTEGER NOT NULL, revoked INTEGER NOT NULL
  ) STRICT;

  -- \`until\` is the end of a secret; the newest secret of a device or gateway has none
  CREATE TABLE secret (
    device TEXT NOT NULL REFERENCES device ON DELETE CASCADE, created_at INTEGER NOT NULL, hash BLOB NOT NULL,
    until INTEGER
  ) STRICT;
  CREATE INDEX secret_device ON secret (device);
  CREATE TABLE gateway_secret (
    gateway TEXT NOT NULL REFERENCES gateway ON DELETE CASCADE, created_at INTEGER NOT NULL, hash BLOB NOT NULL,
    until INTEGER
  ) STRICT;
  CREATE TABLE claim (
    device TEXT PRIMARY KEY REFERENCES device ON DELETE CASCADE, hash BLOB NOT NULL UNIQUE, until INTEGER NOT NULL
  ) STRICT;

  -- the broker reads these two views and nothing else
  CREATE VIEW holder AS
    SELECT id, 'device' AS kind, coalesce(certificate_only, 0) AS certificate_only, gateway, coalesce(external_id, id) AS external_id,
      topics
    FROM device WHERE revoked = 0
    UNION ALL SELECT id, kind, 0, NULL, NULL, NULL FROM gateway WHERE revoked = 0;
  CREATE VIEW credential AS
    SELECT secret.device AS holder, secret.hash, secret.until
    FROM secret JOIN device ON device.id = secret.device WHERE device.revoked = 0
    UNION ALL SELECT gateway_secret.gateway, gateway_secret.hash, gateway_secret.until
    FROM gateway_secret JOIN gateway ON gateway.id = gateway_secret.gateway WHERE gateway.revoked = 0;

  CREATE TABLE cursor (reader TEXT PRIMARY KEY, journal TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
  -- \`registry\` is a copy of the registry that an open intent was made with, once the registry has changed
  CREATE TABLE intent (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1), journal TEXT NOT NULL, "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL, classified TEXT NOT NULL, registry TEXT
  ) STRICT;
  CREATE TABLE device_watermark (
    device TEXT PRIMARY KEY, newest INTEGER NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  -- \`times\` holds each time with its properties, as "1795489200000 pm10 pm2_5;1795489200001 pm1"; \`newest\` is the last
  -- of them. The table has a rowid, so that an update of a row does not touch the index by age.
  CREATE TABLE assigned_time (
    device TEXT NOT NULL, identity TEXT NOT NULL, content TEXT NOT NULL, times TEXT NOT NULL, newest INTEGER NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX assigned_time_identity ON assigned_time (device, identity);
  CREATE INDEX assigned_time_received ON assigned_time (received_at);
  CREATE TABLE moved_reading (
    journal TEXT NOT NULL, sequence INTEGER NOT NULL, place TEXT NOT NULL, observed_at INTEGER NOT NULL,
    PRIMARY KEY (journal, sequence, place)
  ) STRICT, WITHOUT ROWID;
  -- connections of the running broker whose session outlives them
  CREATE TABLE persistent_connection (
    connection INTEGER PRIMARY KEY, client TEXT NOT NULL, ended_at INTEGER
  ) STRICT;
  CREATE INDEX persistent_connection_client ON persistent_connection (client, connection);
  CREATE INDEX persistent_connection_ended ON persistent_connection (ended_at) WHERE ended_at IS NOT NULL;

  -- by hour first: a batch adds to few hours of many devices, and so to few pages
  CREATE TABLE ledger_message (
    device TEXT NOT NULL, hour INTEGER NOT NULL, journal TEXT NOT NULL, processed INTEGER NOT NULL,
    quarantined INTEGER NOT NULL, discarded INTEGER NOT NULL, PRIMARY KEY (hour, device, journal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger_reading (
    device TEXT NOT NULL, hour INTEGER NOT NULL, journal TEXT NOT NULL, decoded INTEGER NOT NULL,
    stored INTEGER NOT NULL, duplicates INTEGER NOT NULL, refused INTEGER NOT NULL, revised INTEGER NOT NULL,
    missing INTEGER NOT NULL, PRIMARY KEY (hour, device, journal)
  ) STRICT, WITHOUT ROWID;
  -- \`counts\` holds the numbers of each property, as "pm10 12 0;pm2_5 12 1": stored and revised
  CREATE TABLE ledger_row (
    store TEXT NOT NULL, hour INTEGER NOT NULL, device TEXT NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (store, hour, device)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, journal TEXT NOT NULL, sequence INTEGER NOT NULL, device TEXT NOT NULL,
    topic TEXT NOT NULL, received_at INTEGER NOT NULL, codec TEXT NOT NULL, codec_version INTEGER NOT NULL,
    dup INTEGER NOT NULL, packet_id INTEGER NOT NULL, session TEXT, payload BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', closed_at INTEGER, UNIQUE (journal, sequence)
  ) STRICT;
  CREATE INDEX quarantine_state ON quarantine (state, id);
  CREATE INDEX quarantine_device ON quarantine (device, id);
  CREATE INDEX quarantine_session ON quarantine (device, session, packet_id, id) WHERE session IS NOT NULL;
  CREATE INDEX quarantine_closed ON quarantine (closed_at) WHERE closed_at IS NOT NULL;
  CREATE TABLE quarantine_part (
    packet INTEGER NOT NULL REFERENCES quarantine ON DELETE CASCADE, position INTEGER NOT NULL, place TEXT NOT NULL,
    code TEXT NOT NULL, detail TEXT NOT NULL, readings INTEGER NOT NULL, further INTEGER NOT NULL,
    PRIMARY KEY (packet, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE quarantine_event (
    packet INTEGER NOT NULL REFERENCES quarantine ON DELETE CASCADE, at INTEGER NOT NULL, action TEXT NOT NULL,
    note TEXT NOT NULL, "by" TEXT
  ) STRICT;
  CREATE INDEX quarantine_event_packet ON quarantine_event (packet);
  CREATE TABLE replay (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), plan TEXT NOT NULL) STRICT;

  -- \`valid\` is the newest valid value as JSON, where the newest value is not valid
  CREATE TABLE latest (
    station TEXT NOT NULL, device TEXT NOT NULL, property TEXT NOT NULL, family TEXT NOT NULL, value REAL NOT NULL,
    flag INTEGER NOT NULL, observed_at INTEGER NOT NULL, received_at INTEGER NOT NULL, timed_by TEXT NOT NULL, valid TEXT,
    PRIMARY KEY (station, device, property)
  ) STRICT, WITHOUT ROWID;
  -- spans of stored values that came late or whose flag has changed, by when that was
  CREATE TABLE series_change (
    station TEXT NOT NULL, at INTEGER NOT NULL, device TEXT NOT NULL, property TEXT NOT NULL, "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL, PRIMARY KEY (station, at, device, property, "from")
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX series_change_at ON series_change (at);
  -- versions of the parameters of the quality tests, as they were read from their file
  CREATE TABLE quality_version (version INTEGER PRIMARY KEY, "from" INTEGER NOT NULL, parameters TEXT NOT NULL) STRICT;
  -- the numbers that the quality tests keep of a series, as doubles, for each reader
  CREATE TABLE series_numbers (
    reader TEXT NOT NULL, device TEXT NOT NULL, station TEXT NOT NULL, property TEXT NOT NULL, family TEXT NOT NULL,
    numbers BLOB NOT NULL, PRIMARY KEY (reader, device, station, property)
  ) STRICT, WITHOUT ROWID;
  -- series with stored values that came late, until the flags around them are found anew
  CREATE TABLE late_series (
    device TEXT NOT NULL, station TEXT NOT NULL, property TEXT NOT NULL, family TEXT NOT NULL, "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL, since INTEGER NOT NULL, noted INTEGER NOT NULL, PRIMARY KEY (device, station, property)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE presence (
    device TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, connection INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE last_seen (device TEXT PRIMARY KEY, received_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE outage_window ("from" INTEGER PRIMARY KEY, "to" INTEGER NOT NULL) STRICT;
  -- \`ahead_ms\` is NULL where the times of the device are refused
  CREATE TABLE clock_skew (device TEXT PRIMARY KEY, ahead_ms INTEGER, refused_at INTEGER) STRICT, WITHOUT ROWID;

  -- \`ended_at\`: when it was resolved or closed
  CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, station TEXT NOT NULL, severity TEXT NOT NULL,
    state TEXT NOT NULL, fired_at INTEGER, ended_at INTEGER, is_notified INTEGER NOT NULL, acknowledged TEXT,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alert_standing ON alert (id) WHERE state IN ('pending', 'firing');
  CREATE INDEX alert_deferred_end ON alert (id) WHERE state IN ('resolved', 'closed') AND is_notified = 1;
  CREATE INDEX alert_station ON alert (station, id);
  CREATE TABLE alert_event (
    id INTEGER PRIMARY KEY, alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE, kind TEXT NOT NULL,
    at INTEGER NOT NULL, received_at INTEGER NOT NULL, value REAL NOT NULL, note TEXT, "by" TEXT
  ) STRICT;
  CREATE INDEX alert_event_alert ON alert_event (alert, id);
  CREATE TABLE silence (
    id INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT, rule TEXT, "from" INTEGER NOT NULL, until INTEGER NOT NULL,
    reason TEXT NOT NULL, "by" TEXT
  ) STRICT;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    state TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL,
    received_at INTEGER NOT NULL, created_at INTEGER NOT NULL, delivery TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0, tried_at INTEGER, is_late INTEGER NOT NULL DEFAULT 0, delivered_at INTEGER, last_error TEXT,
    UNIQUE (key, channel, recipient)
  ) STRICT;
  CREATE INDEX outbox_waiting ON outbox (channel, recipient, id) WHERE delivery = 'waiting';
  CREATE INDEX outbox_missed ON outbox (channel, recipient, tried_at, id) WHERE delivery = 'missed';
  CREATE INDEX outbox_alert ON outbox (alert, id);
  -- whether a recipient can be reached, as the last tries have shown
  CREATE TABLE recipient (
    channel TEXT NOT NULL, recipient TEXT NOT NULL, accepted_at INTEGER, failing_since INTEGER, last_error TEXT,
    PRIMARY KEY (channel, recipient)
  ) STRICT;

  CREATE TABLE command (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, name TEXT NOT NULL,
    arguments TEXT NOT NULL, "by" TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', sent_at INTEGER, sent_to INTEGER NOT NULL DEFAULT -1, delivered_at INTEGER, closed_at INTEGER, reply BLOB
  ) STRICT;
  CREATE INDEX command_device ON command (device, number);
  CREATE INDEX command_open ON command (number) WHERE closed_at IS NULL;
  CREATE INDEX command_closed ON command (closed_at) WHERE closed_at IS NOT NULL;
  CREATE TABLE device_config (
    device TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, "by" TEXT, config TEXT NOT NULL,
    PRIMARY KEY (device, revision)
  ) STRICT, WITHOUT ROWID;

  -- numbers of people are never used again, because the audit trail names people by them
  CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, login TEXT UNIQUE, rest TEXT NOT NULL
  ) STRICT;
  CREATE TABLE password (
    person INTEGER PRIMARY KEY REFERENCES person, hash TEXT NOT NULL, changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE passkey (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL REFERENCES person, name TEXT NOT NULL,
    credential TEXT NOT NULL UNIQUE, public_key BLOB NOT NULL, counter INTEGER NOT NULL, created_at INTEGER NOT NULL,
    used_at INTEGER
  ) STRICT;
  CREATE INDEX passkey_person ON passkey (person);
  CREATE TABLE linked_identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person INTEGER NOT NULL REFERENCES person, linked_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL, PRIMARY KEY (issuer, subject)
  ) STRICT;
  CREATE INDEX linked_identity_person ON linked_identity (person);
  CREATE TABLE account_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL REFERENCES person, hash BLOB NOT NULL UNIQUE,
    browser TEXT NOT NULL, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, idle_ms INTEGER NOT NULL,
    until INTEGER NOT NULL, is_demo INTEGER
  ) STRICT;
  CREATE INDEX account_session_person ON account_session (person);
  -- \`person\` is NULL in the link for the first operator
  CREATE TABLE invitation (
    hash BLOB PRIMARY KEY, person INTEGER UNIQUE REFERENCES person, purpose TEXT NOT NULL, until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE access_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, role TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL, until INTEGER NOT NULL, used_at INTEGER
  ) STRICT;

  -- \`hash\` is SHA-256 over the hash before it and the other columns (\`storage/operations/audit.ts\`)
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, hash BLOB NOT NULL
  ) STRICT;
  CREATE INDEX audit_actor ON audit (actor, number);
  CREATE INDEX audit_action ON audit (action, number);
  CREATE INDEX audit_subject ON audit (subject, number);
  CREATE TRIGGER audit_insert BEFORE INSERT ON audit
  WHEN NEW.number <> coalesce((SELECT max(number) FROM audit), 0) + 1
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail can only be appended'); END;
  CREATE TRIGGER audit_update BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail cannot be changed'); END;
  CREATE TRIGGER audit_delete BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail cannot be removed'); END;
`;
