/** Step 14: see `index.ts`. */
export const recipients = `
  ALTER TABLE outbox ADD COLUMN tried_at INTEGER;
  ALTER TABLE outbox ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX outbox_missed ON outbox (channel, recipient, tried_at, id) WHERE delivery = 'missed';
  -- whether a recipient can be reached, as the last tries have shown
  CREATE TABLE recipient (
    channel TEXT NOT NULL, recipient TEXT NOT NULL, accepted_at INTEGER, failing_since INTEGER, last_error TEXT,
    PRIMARY KEY (channel, recipient)
  ) STRICT;
  -- alarms that were given up and that stand: they are owed to whoever missed them
  UPDATE outbox SET delivery = 'missed' WHERE delivery = 'failed' AND state = 'firing'
    AND alert IN (SELECT id FROM alert WHERE state = 'firing');
`;
