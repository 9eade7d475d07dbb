import type { AccessToken, AccountSession, Invitation, PasswordHash, Person } from '#model/accounts/person.ts';
import type { LinkedIdentity } from '#model/accounts/linked-identity.ts';
import type { Passkey } from '#model/accounts/passkey.ts';
import type { Instant } from '#model/base/instant.ts';

export type AccountChange =
  | { readonly kind: 'put-person'; readonly person: Person }
  | { readonly kind: 'put-password'; readonly password: PasswordHash }
  | { readonly kind: 'drop-password'; readonly person: number }
  | { readonly kind: 'add-passkey'; readonly passkey: Omit<Passkey, 'id'> }
  | { readonly kind: 'name-passkey'; readonly id: number; readonly name: string }
  | { readonly kind: 'use-passkey'; readonly id: number; readonly counter: number; readonly usedAt: Instant }
  | { readonly kind: 'drop-passkey'; readonly id: number }
  | { readonly kind: 'drop-passkeys'; readonly person: number }
  /** Links an identity, or notes its use. */
  | { readonly kind: 'put-identity'; readonly identity: LinkedIdentity }
  | { readonly kind: 'drop-identities'; readonly person: number }
  | { readonly kind: 'add-session'; readonly session: Omit<AccountSession, 'id'> }
  | { readonly kind: 'use-session'; readonly id: number; readonly seenAt: Instant; readonly until: Instant }
  | { readonly kind: 'end-session'; readonly id: number }
  | { readonly kind: 'end-sessions'; readonly person: number }
  /** In place of the one that the person had. */
  | { readonly kind: 'put-invitation'; readonly invitation: Invitation }
  | { readonly kind: 'drop-invitations'; readonly person: number | undefined }
  | { readonly kind: 'add-token'; readonly token: Omit<AccessToken, 'id'> }
  | { readonly kind: 'use-token'; readonly id: number; readonly usedAt: Instant }
  | { readonly kind: 'revoke-token'; readonly id: number }
  /** Replaces the name in alerts, commands, configs and quarantine, where it stands as text. */
  | { readonly kind: 'replace-name'; readonly name: string; readonly by: string }
  /** Replaces name and contacts of a person in notes and messages, where they stand inside of a text. */
  | { readonly kind: 'pseudonymise'; readonly person: Person; readonly by: string };

/** People, their sessions and invitations, and tokens of programs. */
export interface AccountRows {
  /** In the order of their numbers. */
  people(): readonly Person[];
  person(id: number): Person | undefined;
  personWithLogin(login: string): Person | undefined;
  /** A number that no person ever had. */
  nextPersonId(): number;
  passwordOf(person: number): PasswordHash | undefined;
  /** All passkeys of a person, the oldest first. */
  passkeysOf(person: number): readonly Passkey[];
  /** The passkey of this credential, in base64url. */
  passkeyWith(credential: string): Passkey | undefined;
  /** All linked identities of a person, the oldest first. */
  identitiesOf(person: number): readonly LinkedIdentity[];
  identityWith(issuer: string, subject: string): LinkedIdentity | undefined;
  /** All sessions of a person, the newest first. */
  sessionsOf(person: number): readonly AccountSession[];
  sessionWith(hash: Uint8Array): AccountSession | undefined;
  invitationWith(hash: Uint8Array): Invitation | undefined;
  tokens(): readonly AccessToken[];
  tokenWith(hash: Uint8Array): AccessToken | undefined;
  /** Makes the changes in one transaction, all or none. */
  changeAccounts(changes: readonly AccountChange[]): Promise<void>;
  /** Removes sessions, invitations and tokens that ended before this instant; gives how many. */
  purgeAccess(before: Instant): Promise<number>;
}
