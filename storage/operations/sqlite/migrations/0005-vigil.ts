/** Step 5: see `index.ts`. */
export const vigil = `
  CREATE TABLE listening_gap (from_at INTEGER PRIMARY KEY, to_at INTEGER NOT NULL) STRICT;
  ALTER TABLE device ADD COLUMN silent_after_ms INTEGER;
`;
