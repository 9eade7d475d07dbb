/**
 * Step 16: see `index.ts`. One row per identity, written by one statement. `times` has each time with its properties, as
 * "1795489200000 pm10 pm2_5;1795489200001 pm1"; `newest` is the last of them. With a rowid, so that a row is not written
 * again into the index by age. What was remembered before is forgotten.
 */
export const assignedTimes = `
  UPDATE device_mark SET forgotten = newest;
  DROP TABLE assigned_time;
  CREATE TABLE assigned_time (
    device TEXT NOT NULL, identity TEXT NOT NULL, content TEXT NOT NULL, times TEXT NOT NULL, newest INTEGER NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX assigned_time_identity ON assigned_time (device, identity);
  CREATE INDEX assigned_time_received ON assigned_time (received_at);
`;
