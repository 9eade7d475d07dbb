/** Step 6: see `index.ts`. */
export const intentRegistry = `
  -- the registry that an open intent was made with, once it is changed
  ALTER TABLE intent ADD COLUMN registry TEXT;
`;
