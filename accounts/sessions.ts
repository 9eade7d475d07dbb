import { hashSecret, makeSecret, type Secret } from '#model/base/secret.ts';
import type { AccountSession, Person } from '#model/accounts/person.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { AccountChange } from '#storage/operations/accounts.ts';
import type { AccountDeps } from './deps.ts';

/** A person with the session of this request. */
export interface SignedIn {
  readonly person: Person;
  readonly session: AccountSession;
}

/** The use of a session is written down at most once in this time. */
const USE_EVERY = hours(1);

/** Time without a further attempt after the use of a session or a token could not be written down. */
const REST = minutes(1);

/** Writes down uses of sessions and tokens. Where the database cannot be written, nobody is refused for that. */
export interface UseRecorder {
  /** False where the change was not made. */
  record(change: AccountChange): Promise<boolean>;
}

export const makeUseRecorder = ({ clock, rows }: Pick<AccountDeps, 'clock' | 'rows'>): UseRecorder => {
  let restsUntil = Number.NEGATIVE_INFINITY;
  return {
    record: async (change) => {
      // an attempt may take seconds, in which the whole process waits
      if (clock.monotonic() < restsUntil) return false;
      try {
        await rows.changeAccounts([change]);
        return true;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'OPERATIONS_FAILED') throw error;
        restsUntil = clock.monotonic() + REST.ms;
        return false;
      }
    },
  };
};

/** The request of a browser for a session. */
export interface SessionRequest {
  readonly browser: string;
  /** True on a device of the person's own, where a session lasts long. */
  readonly isKept: boolean;
  readonly isDemo?: true;
}

export interface Sessions {
  /** The session of a cookie; undefined where it has ended, or the person cannot sign in any more. */
  find(cookie: string): SignedIn | undefined;
  /** Notes the use of a session, which lengthens it. */
  use(signedIn: SignedIn): Promise<void>;
  /** A new session, and the change that adds it. */
  prepare(person: number, request: SessionRequest): { readonly cookie: Secret; readonly change: AccountChange };
  /** Ends a session of this person; false where there is none. */
  end(person: number, id: number): Promise<boolean>;
  endAll(person: number): Promise<void>;
}

export const makeSessions = ({ clock, rows, secretKey, settings }: AccountDeps, uses: UseRecorder): Sessions => {
  /** Ends of sessions that were used while the database could not be written. */
  const unwritten = new Map<number, Instant>();
  return {
    find: (cookie) => {
      const session = rows.sessionWith(hashSecret(secretKey, cookie));
      if (session === undefined) return undefined;
      if (Math.max(session.until, unwritten.get(session.id) ?? 0) <= clock.now()) return undefined;
      const person = rows.person(session.person);
      if (person?.role === undefined || person.disabledAt !== undefined) return undefined;
      return { person, session };
    },
    use: async ({ session: { id, seenAt, idle } }) => {
      const now = clock.now();
      if (now - seenAt < USE_EVERY.ms) return;
      const until = now + idle.ms;
      const isWritten = await uses.record({ kind: 'use-session', id, seenAt: now, until });
      if (isWritten) unwritten.delete(id);
      else unwritten.set(id, until);
    },
    prepare: (person, { browser, isKept, isDemo }) => {
      const cookie = makeSecret();
      const now = clock.now();
      const idle = isKept ? settings.keepSignedIn : settings.sessionTime;
      const session = {
        person,
        hash: hashSecret(secretKey, cookie.reveal()),
        browser,
        createdAt: now,
        seenAt: now,
        idle,
        until: now + idle.ms,
        ...(isDemo === undefined ? {} : { isDemo }),
      };
      return { cookie, change: { kind: 'add-session', session } };
    },
    end: async (person, id) => {
      const isThere = rows.sessionsOf(person).some((session) => session.id === id);
      if (isThere) await rows.changeAccounts([{ kind: 'end-session', id }]);
      return isThere;
    },
    endAll: (person) => rows.changeAccounts([{ kind: 'end-sessions', person }]),
  };
};
