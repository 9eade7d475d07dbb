/** Step 8: see `index.ts`. */
export const clocks = `
  -- how far the clock of a device is ahead; unknown where its times are refused
  CREATE TABLE clock_skew (
    device TEXT PRIMARY KEY, ahead_ms INTEGER, refused_at INTEGER
  ) STRICT, WITHOUT ROWID;
`;
