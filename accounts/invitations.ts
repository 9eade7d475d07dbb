import { hashSecret, makeSecret, type Secret } from '#model/base/secret.ts';
import type { Invitation, Person } from '#model/accounts/person.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { AccountChange } from '#storage/operations/accounts.ts';
import { type AccountDeps, actorOf, canSignIn, DEMO } from './deps.ts';
import { checkPassword, type Passwords } from './password.ts';
import type { SessionRequest, Sessions } from './sessions.ts';

/** A one-time link on its way to the person, shown this once. */
export interface InvitationIssued {
  readonly code: Secret;
  readonly until: Instant;
}

/** An open invitation, and the person that it is for; undefined for the first operator. */
export interface OpenInvitation extends Pick<Invitation, 'purpose' | 'until'> {
  readonly person: Person | undefined;
}

/** Answers of the person who follows a link. */
export interface Acceptance {
  readonly code: string;
  readonly password: string;
  /** Only the first operator gives these. */
  readonly name?: string | undefined;
  readonly login?: string | undefined;
}

export interface Invitations {
  /** Makes a link in place of the one that the person had, and the change that adds it. */
  prepare(
    person: number | undefined,
    purpose: Invitation['purpose'],
  ): { issued: InvitationIssued; change: AccountChange };
  /** The link for the first operator. @throws Fault `CONFLICT` when an operator can sign in already */
  first(): Promise<InvitationIssued>;
  /** A link for a person with a sign-in name; `reset` ends the password, the passkeys, the accounts at identity services and all sessions. @throws Fault `CONFLICT` */
  issue(person: Person, purpose: Invitation['purpose']): Promise<InvitationIssued>;
  /** @throws Fault `INVITATION_REFUSED` */
  look(code: string): OpenInvitation;
  /** Sets the password, notes the consent and signs in. @throws Fault `INVITATION_REFUSED`, `PASSWORD_WEAK`, `CONFLICT` */
  accept(
    acceptance: Acceptance,
    request: SessionRequest,
  ): Promise<{ readonly person: Person; readonly cookie: Secret }>;
}

const refused = (): Fault =>
  new Fault('INVITATION_REFUSED', 'a link works once, and for a limited time; ask an operator for a new one');

/** The person who joins, with the answers. */
const joining = (person: Person | undefined, { name, login }: Acceptance, id: number, now: Instant): Person => {
  if (person !== undefined) return { ...person, consentAt: person.consentAt ?? now };
  if (name === undefined || login === undefined) {
    throw new Fault('REQUEST_INVALID', 'the first operator chooses "name" and "login"');
  }
  return { id, name, login, role: 'operator', createdAt: now, consentAt: now };
};

// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makeInvitations = (deps: AccountDeps, passwords: Passwords, sessions: Sessions): Invitations => {
  const { clock, rows, secretKey, settings } = deps;

  const prepare: Invitations['prepare'] = (person, purpose) => {
    const code = makeSecret();
    const until = clock.now() + settings.invitationValid.ms;
    const invitation = { hash: hashSecret(secretKey, code.reveal()), person, purpose, until };
    return { issued: { code, until }, change: { kind: 'put-invitation', invitation } };
  };

  const hasOperator = (): boolean =>
    rows.people().some((person) => person.role === 'operator' && canSignIn(person, { rows, settings }));

  const look = (code: string): OpenInvitation => {
    const invitation = rows.invitationWith(hashSecret(secretKey, code));
    if (invitation === undefined || invitation.until <= clock.now()) throw refused();
    const person = invitation.person === undefined ? undefined : rows.person(invitation.person);
    if (person?.disabledAt !== undefined) throw refused();
    return { purpose: invitation.purpose, until: invitation.until, person };
  };

  return {
    prepare,
    look,
    first: async () => {
      if (hasOperator()) {
        throw new Fault('CONFLICT', 'an operator can sign in already, and invites others: "klawing user add --help"');
      }
      const { issued, change } = prepare(undefined, 'join');
      await rows.changeAccounts([change]);
      return issued;
    },
    issue: async ({ id, login, disabledAt }, purpose) => {
      if (login === undefined) throw new Fault('CONFLICT', `person ${id} is a contact without a sign-in name`);
      if (login === DEMO) throw new Fault('CONFLICT', 'the person of the demo signs in without a password');
      if (disabledAt !== undefined) throw new Fault('CONFLICT', `person ${id} is disabled; enable the person first`);
      const { issued, change } = prepare(id, purpose);
      const ends: readonly AccountChange[] = [
        { kind: 'drop-password', person: id },
        { kind: 'drop-passkeys', person: id },
        { kind: 'drop-identities', person: id },
        { kind: 'end-sessions', person: id },
      ];
      rows.noteAudit({ purpose }, { subject: actorOf(id) });
      await rows.changeAccounts(purpose === 'reset' ? [...ends, change] : [change]);
      return issued;
    },
    accept: async (acceptance, request) => {
      const { person: invited } = look(acceptance.code);
      checkPassword(acceptance.password, joining(invited, acceptance, 0, 0));
      const hash = await passwords.hash(acceptance.password);
      // the link may have been used, and the person changed, while the password was hashed
      const { person: known, purpose } = look(acceptance.code);
      const now = clock.now();
      const person = joining(known, acceptance, rows.nextPersonId(), now);
      const other = rows.personWithLogin(person.login ?? '');
      if (other !== undefined && other.id !== person.id) {
        throw new Fault('CONFLICT', `the sign-in name "${person.login}" is taken; choose another`);
      }
      const { cookie, change } = sessions.prepare(person.id, request);
      rows.noteAudit({ purpose }, { actor: actorOf(person.id), subject: actorOf(person.id) });
      await rows.changeAccounts([
        { kind: 'drop-invitations', person: known?.id },
        { kind: 'put-person', person },
        { kind: 'put-password', password: { person: person.id, hash, changedAt: now } },
        { kind: 'end-sessions', person: person.id },
        change,
      ]);
      return { person, cookie };
    },
  };
};
