/** Step 10: see `index.ts`. */
export const network = `
  -- how a device is read and reached through its network server, as JSON
  ALTER TABLE device ADD COLUMN network TEXT;
`;
