/** Step 11: see `index.ts`. */
export const quarantineBy = `
  ALTER TABLE quarantine_event ADD COLUMN by_whom TEXT;
`;
