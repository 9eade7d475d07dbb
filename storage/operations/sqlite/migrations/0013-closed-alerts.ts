/** Step 13: see `index.ts`. */
export const closedAlerts = `
  ALTER TABLE alert_event ADD COLUMN by_whom TEXT;
  -- an alert may be closed without being over
  DROP INDEX alert_standing;
  CREATE INDEX alert_standing ON alert (id) WHERE state IN ('pending', 'firing');
  DROP INDEX alert_untold_end;
  CREATE INDEX alert_untold_end ON alert (id) WHERE state IN ('resolved', 'closed') AND is_told = 1;
`;
