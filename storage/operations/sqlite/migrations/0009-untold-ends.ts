/** Step 9: see `index.ts`. */
export const untoldEnds = `
  -- from here on it says whether people believe that an alert fires: of one that is over, that its end is still to be told
  UPDATE alert SET is_told = 0 WHERE state = 'resolved';
  CREATE INDEX alert_untold_end ON alert (id) WHERE state = 'resolved' AND is_told = 1;
`;
