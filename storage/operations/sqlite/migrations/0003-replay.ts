/** Step 3: see `index.ts`. */
export const replay = `
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
`;
