import type { AuditQuery } from '#storage/operations/audit.ts';

/** Asks for the newest 100 entries of the audit trail, whatever they are. */
export const ANY_ENTRY: AuditQuery = {
  actor: undefined,
  action: undefined,
  subject: undefined,
  from: undefined,
  to: undefined,
  before: undefined,
  limit: 100,
};
