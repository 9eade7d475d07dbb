import type { AccountRows } from '#storage/operations/accounts.ts';
import type { AuditRows } from '#storage/operations/audit.ts';
import type { Clock } from '#model/base/clock.ts';
import type { AccountSettings } from './settings.ts';

/** Parts that the services of accounts are built on. */
export interface AccountDeps {
  readonly clock: Clock;
  readonly rows: AccountRows & Pick<AuditRows, 'noteAudit' | 'auditEntries'>;
  /** Key under which cookies, links and tokens are hashed. */
  readonly secretKey: Buffer;
  readonly settings: AccountSettings;
}

/** Sign-in name of the demo. No password can be set for it. */
export const DEMO = 'demo';

/** The name of a person in the audit trail, which holds no personal data. */
export const actorOf = (person: number): string => `person:${person}`;
