import type { LinkedIdentity } from '#model/accounts/linked-identity.ts';
import type { Passkey } from '#model/accounts/passkey.ts';
import type { Person, PersonLanguage } from '#model/accounts/person.ts';
import type { Role } from '#model/accounts/role.ts';
import { Fault } from '#model/base/fault.ts';
import type { AccountChange } from '#storage/operations/accounts.ts';
import type { AuditEntry } from '#storage/operations/audit.ts';
import { type AccountDeps, actorOf, DEMO } from './deps.ts';
import type { InvitationIssued, Invitations } from './invitations.ts';

/** A new person. Without `login` and `role` it is a contact, whose consent the operator has obtained. */
export interface NewPerson {
  readonly name: string;
  readonly login?: string | undefined;
  readonly role?: Role | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly consent?: boolean | undefined;
}

/** Members that change; null takes a contact away. */
export interface PersonPatch {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly disabled?: boolean | undefined;
}

/** All that is stored about a person. */
export interface PersonalData {
  readonly person: Person;
  readonly passwordChangedAt: number | undefined;
  readonly sessions: ReturnType<AccountDeps['rows']['sessionsOf']>;
  readonly passkeys: readonly Passkey[];
  readonly identities: readonly LinkedIdentity[];
  readonly entries: readonly AuditEntry[];
}

export interface People {
  /** @throws Fault `NOT_FOUND` */
  get(id: number): Person;
  /** Adds a person, and makes a link to join for one with a sign-in name. @throws Fault `CONFLICT`, `REQUEST_INVALID` */
  add(body: NewPerson): Promise<{ readonly person: Person; readonly invitation: InvitationIssued | undefined }>;
  /** A person who is disabled is signed out everywhere. @throws Fault `NOT_FOUND`, `REQUEST_INVALID` */
  change(id: number, patch: PersonPatch): Promise<Person>;
  /** The person chooses the language of the pages. @throws Fault `NOT_FOUND` */
  chooseLanguage(id: number, language: PersonLanguage): Promise<Person>;
  /**
   * Removes everything personal: name, contacts, password, passkeys, accounts at identity services, sessions. The number stays, which the audit trail names.
   * @throws Fault `NOT_FOUND`
   */
  erase(id: number): Promise<Person>;
  /** @throws Fault `NOT_FOUND` */
  dataOf(id: number): PersonalData;
}

/** Most entries of the audit trail in an export; the newest. */
const ENTRIES = 10_000;

const NO_FILTER = { action: undefined, from: undefined, to: undefined, before: undefined, limit: ENTRIES };

/** Name of a person who was erased. */
const erasedName = (id: number): string => `person ${id}`;

const checkNew = ({ login, role, consent }: NewPerson): void => {
  if ((login === undefined) !== (role === undefined)) {
    throw new Fault('REQUEST_INVALID', 'a person who signs in has "login" and "role"; a contact has neither');
  }
  if (login === undefined && consent !== true) {
    throw new Fault('REQUEST_INVALID', 'a contact needs "consent": true, once the person has agreed (UU 27/2022)');
  }
};

/** Names of the members that change, for the audit trail; values are personal. */
const changedMembers = (patch: PersonPatch): readonly string[] =>
  Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));

const patched = (person: Person, { name, role, email, phone, disabled }: PersonPatch, now: number): Person => {
  const { email: oldEmail, phone: oldPhone, disabledAt, ...rest } = person;
  const nextEmail = email === undefined ? oldEmail : email;
  const nextPhone = phone === undefined ? oldPhone : phone;
  const isDisabled = disabled ?? disabledAt !== undefined;
  return {
    ...rest,
    name: name ?? person.name,
    role: role ?? person.role,
    ...(nextEmail === undefined || nextEmail === null ? {} : { email: nextEmail }),
    ...(nextPhone === undefined || nextPhone === null ? {} : { phone: nextPhone }),
    ...(isDisabled ? { disabledAt: disabledAt ?? now } : {}),
  };
};

// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makePeople = ({ clock, rows }: AccountDeps, invitations: Invitations): People => {
  const get = (id: number): Person => {
    const person = rows.person(id);
    if (person !== undefined && person.erasedAt === undefined) return person;
    throw new Fault('NOT_FOUND', `no person has the number ${id}; "klawing user list" or GET /v1/people lists them`);
  };

  return {
    get,
    add: async (body) => {
      checkNew(body);
      const { name, login, role, email, phone } = body;
      if (login !== undefined && (login === DEMO || rows.personWithLogin(login) !== undefined)) {
        throw new Fault('CONFLICT', `the sign-in name "${login}" is taken; "klawing user list" shows by whom`);
      }
      const now = clock.now();
      const id = rows.nextPersonId();
      const person: Person = {
        id,
        name,
        login,
        role,
        createdAt: now,
        ...(email === undefined ? {} : { email }),
        ...(phone === undefined ? {} : { phone }),
        ...(login === undefined ? { consentAt: now } : {}),
      };
      const invitation = login === undefined ? undefined : invitations.prepare(id, 'join');
      rows.noteAudit({ role: role ?? 'contact' }, { subject: actorOf(id) });
      const changes: readonly AccountChange[] = [{ kind: 'put-person', person }];
      await rows.changeAccounts(invitation === undefined ? changes : [...changes, invitation.change]);
      return { person, invitation: invitation?.issued };
    },
    change: async (id, patch) => {
      const before = get(id);
      if (patch.role !== undefined && before.login === undefined) {
        throw new Fault('REQUEST_INVALID', 'a contact has no role, because it cannot sign in');
      }
      const person = patched(before, patch, clock.now());
      const roles = person.role === before.role ? {} : { from: before.role, to: person.role };
      const renamed: readonly AccountChange[] =
        person.name === before.name ? [] : [{ kind: 'replace-name', name: before.name, by: person.name }];
      const ended: readonly AccountChange[] =
        person.disabledAt === undefined
          ? []
          : [
              { kind: 'end-sessions', person: id },
              { kind: 'drop-invitations', person: id },
            ];
      rows.noteAudit({ members: changedMembers(patch), ...roles }, { subject: actorOf(id) });
      await rows.changeAccounts([{ kind: 'put-person', person }, ...renamed, ...ended]);
      return person;
    },
    chooseLanguage: async (id, language) => {
      const person: Person = { ...get(id), language };
      rows.noteAudit({ language }, { subject: actorOf(id) });
      await rows.changeAccounts([{ kind: 'put-person', person }]);
      return person;
    },
    erase: async (id) => {
      const person = get(id);
      const { name, createdAt } = person;
      const now = clock.now();
      const erased: Person = {
        id,
        name: erasedName(id),
        login: undefined,
        role: undefined,
        createdAt,
        disabledAt: now,
        erasedAt: now,
      };
      rows.noteAudit({}, { subject: actorOf(id) });
      await rows.changeAccounts([
        { kind: 'replace-name', name, by: erased.name },
        { kind: 'pseudonymise', person, by: erased.name },
        { kind: 'drop-password', person: id },
        { kind: 'drop-passkeys', person: id },
        { kind: 'drop-identities', person: id },
        { kind: 'end-sessions', person: id },
        { kind: 'drop-invitations', person: id },
        { kind: 'put-person', person: erased },
      ]);
      return erased;
    },
    dataOf: (id) => ({
      person: get(id),
      passwordChangedAt: rows.passwordOf(id)?.changedAt,
      sessions: rows.sessionsOf(id),
      passkeys: rows.passkeysOf(id),
      identities: rows.identitiesOf(id),
      entries: [
        ...rows.auditEntries({ ...NO_FILTER, actor: actorOf(id), subject: undefined }),
        ...rows.auditEntries({ ...NO_FILTER, actor: undefined, subject: actorOf(id) }),
      ],
    }),
  };
};
