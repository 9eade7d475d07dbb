import type { Person } from '#model/accounts/person.ts';
import { Fault } from '#model/base/fault.ts';
import type { Secret } from '#model/base/secret.ts';
import type { AccountChange } from '#storage/operations/accounts.ts';
import type { SignInAttempts } from './attempts.ts';
import { type AccountDeps, actorOf, DEMO } from './deps.ts';
import { checkPassword, type Passwords } from './password.ts';
import type { SessionRequest, Sessions, SignedIn } from './sessions.ts';

/** A person, and the cookie of the session that was started. */
export interface SessionStarted {
  readonly person: Person;
  readonly cookie: Secret;
}

export interface SignInRequest extends SessionRequest {
  readonly login: string;
  readonly password: string;
  /** Source of the attempt, by which attempts are limited. */
  readonly address: string;
  /** The session that the browser has; it ends. */
  readonly before: SignedIn | undefined;
}

export interface SignIn {
  /** @throws Fault `SIGN_IN_REFUSED`, always the same; `SIGN_IN_LIMITED`; `SERVICE_BUSY` */
  withPassword(request: SignInRequest): Promise<SessionStarted>;
  /** Starts a session of a person whom another part has recognised, with further changes in the same transaction. */
  begin(
    person: Person,
    request: SessionRequest,
    before: SignedIn | undefined,
    changes?: readonly AccountChange[],
  ): Promise<SessionStarted>;
  /** Signs in as the operator of the demo. */
  asDemo(request: Pick<SessionRequest, 'browser'>): Promise<SessionStarted>;
  /** Replaces the password; all other sessions of the person end. @throws Fault `SIGN_IN_REFUSED`, `PASSWORD_WEAK` */
  changePassword(
    who: SignedIn,
    change: { readonly old: string; readonly next: string },
    address: string,
  ): Promise<void>;
}

const refused = (): Fault =>
  new Fault('SIGN_IN_REFUSED', 'check both, and the caps lock key; after a while an operator helps');

/** Other sessions of a person. */
const othersOf = ({ person, session }: SignedIn, { rows }: AccountDeps): readonly AccountChange[] =>
  rows
    .sessionsOf(person.id)
    .filter(({ id }) => id !== session.id)
    .map(({ id }) => ({ kind: 'end-session', id }));

export const makeSignIn = (
  deps: AccountDeps,
  passwords: Passwords,
  sessions: Sessions,
  attempts: SignInAttempts,
): SignIn => {
  const { clock, rows } = deps;

  const begin: SignIn['begin'] = async (person, request, before, changes = []) => {
    const { cookie, change } = sessions.prepare(person.id, request);
    const end: readonly AccountChange[] = before === undefined ? [] : [{ kind: 'end-session', id: before.session.id }];
    rows.noteAudit({}, { actor: actorOf(person.id), subject: actorOf(person.id) });
    await rows.changeAccounts([...end, ...changes, change]);
    return { person, cookie };
  };

  const isRight = (person: Person | undefined, password: string): Promise<boolean> =>
    passwords.isRight(person === undefined ? undefined : rows.passwordOf(person.id)?.hash, password);

  return {
    begin,
    withPassword: async ({ login, password, address, before, ...request }) => {
      attempts.count(login, address);
      const found = rows.personWithLogin(login);
      const person = found?.disabledAt === undefined ? found : undefined;
      if (!(await isRight(person, password)) || person === undefined) throw refused();
      attempts.succeeded(login, address);
      return begin(person, request, before);
    },
    asDemo: async ({ browser }) => {
      const known = rows.personWithLogin(DEMO);
      const now = clock.now();
      const made: Person = { id: rows.nextPersonId(), name: 'Demo', login: DEMO, role: 'operator', createdAt: now };
      if (known === undefined) await rows.changeAccounts([{ kind: 'put-person', person: made }]);
      return begin(known ?? made, { browser, isKept: false, isDemo: true }, undefined);
    },
    changePassword: async (who, { old, next }, address) => {
      const { person } = who;
      attempts.count(person.login ?? '', address);
      if (!(await isRight(person, old))) throw refused();
      attempts.succeeded(person.login ?? '', address);
      checkPassword(next, person);
      const hash = await passwords.hash(next);
      rows.noteAudit({}, { subject: actorOf(person.id) });
      await rows.changeAccounts([
        { kind: 'put-password', password: { person: person.id, hash, changedAt: clock.now() } },
        ...othersOf(who, deps),
      ]);
    },
  };
};
