/** Step 7: see `index.ts`. */
export const commands = `
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
`;
