/** Step 12: see `index.ts`. The newest valid value beside a newest value that is not valid. */
export const validValues = `
  ALTER TABLE latest ADD COLUMN valid_value REAL;
  ALTER TABLE latest ADD COLUMN valid_flag INTEGER;
  ALTER TABLE latest ADD COLUMN valid_observed_at INTEGER;
  ALTER TABLE latest ADD COLUMN valid_received_at INTEGER;
`;
