/** Step 4: see `index.ts`. */
export const identity = `
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
`;
