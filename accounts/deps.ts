import type { Person } from '#model/accounts/person.ts';
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

/** True for a person who can sign in now: with a password, a passkey, or an account at the identity service in use. */
export const canSignIn = (
  { id, role, disabledAt }: Person,
  { rows, settings }: { readonly rows: AccountRows; readonly settings: AccountSettings },
): boolean => {
  if (role === undefined || disabledAt !== undefined) return false;
  if (rows.passwordOf(id) !== undefined || rows.passkeysOf(id).length > 0) return true;
  return settings.oidc !== undefined && rows.identitiesOf(id).length > 0;
};

/** The name of a person in the audit trail, which holds no personal data. */
export const actorOf = (person: number): string => `person:${person}`;
