/**
 * Step 15: see `index.ts`. Pins from before say too little to recognise anything by: they are dropped. Nor is it known under
 * which ids older readings are stored.
 */
export const identities = `
  DROP TABLE pin;
  ALTER TABLE device_mark DROP COLUMN newest_arrival;
  ALTER TABLE device_mark ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
  UPDATE device_mark SET forgotten = newest;
  CREATE TABLE assigned_time (
    device TEXT NOT NULL, identity TEXT NOT NULL, observed_at INTEGER NOT NULL, properties TEXT NOT NULL,
    content TEXT NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (device, identity, observed_at, properties)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX assigned_time_received ON assigned_time (received_at);
  CREATE TABLE moved_reading (
    journal TEXT NOT NULL, sequence INTEGER NOT NULL, place TEXT NOT NULL, observed_at INTEGER NOT NULL,
    PRIMARY KEY (journal, sequence, place)
  ) STRICT, WITHOUT ROWID;
  -- connections of the running broker whose session outlives them
  CREATE TABLE kept_connection (connection INTEGER PRIMARY KEY, client TEXT NOT NULL, gone_at INTEGER) STRICT;
  CREATE INDEX kept_connection_client ON kept_connection (client, connection);
  CREATE INDEX kept_connection_gone ON kept_connection (gone_at) WHERE gone_at IS NOT NULL;
  INSERT INTO setting VALUES ('broker_run', 0);
  ALTER TABLE quarantine ADD COLUMN session TEXT;
  ALTER TABLE quarantine ADD COLUMN packet_id INTEGER NOT NULL DEFAULT 0;
`;
