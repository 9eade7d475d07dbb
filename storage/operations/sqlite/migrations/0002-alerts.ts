/** Step 2: see `index.ts`. */
export const alerts = `
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
`;
