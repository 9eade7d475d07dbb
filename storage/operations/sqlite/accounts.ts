import type { DatabaseSync } from 'node:sqlite';
import { LinkedIdentity } from '#model/accounts/linked-identity.ts';
import { Passkey } from '#model/accounts/passkey.ts';
import { AccessToken, AccountSession, Invitation, PasswordHash, Person } from '#model/accounts/person.ts';
import type { AccountChange, AccountRows } from '#storage/operations/accounts.ts';
import { pseudonymising } from './pseudonym.ts';
import { all, first, type NamedValues, number } from './row.ts';
import { tableOf } from './table.ts';
import type { Transaction } from './transaction.ts';

const PEOPLE = tableOf('person', Person, ['id', 'name', 'login']);
const PASSWORDS = tableOf('password', PasswordHash);
const PASSKEYS = tableOf('passkey', Passkey);
const NEW_PASSKEYS = tableOf('passkey', Passkey.omit({ id: true }));
const IDENTITIES = tableOf('linked_identity', LinkedIdentity);
const SESSIONS = tableOf('account_session', AccountSession);
const NEW_SESSIONS = tableOf('account_session', AccountSession.omit({ id: true }));
const INVITATIONS = tableOf('invitation', Invitation);
const TOKENS = tableOf('access_token', AccessToken);
const NEW_TOKENS = tableOf('access_token', AccessToken.omit({ id: true }));

/** Statements that replace the name of a person where it stands as text. */
const NAMES = [
  `UPDATE alert SET acknowledged = json_set(acknowledged, '$.by', $by) WHERE json_extract(acknowledged, '$.by') = $name`,
  `UPDATE alert SET rest = json_set(rest, '$.closing.by', $by) WHERE json_extract(rest, '$.closing.by') = $name`,
  ...['alert_event', 'silence', 'quarantine_event', 'command', 'device_config'].map(
    (table) => `UPDATE ${table} SET "by" = $by WHERE "by" = $name`,
  ),
];

// oxlint-disable-next-line max-lines-per-function -- a table of changes
const applying = (database: DatabaseSync): ((change: AccountChange) => void) => {
  const prepared = (sql: string): ((values: NamedValues) => void) => {
    const statement = database.prepare(sql);
    return (values) => void statement.run(values);
  };
  const putPerson = database.prepare(PEOPLE.upsert('id'));
  const putPassword = database.prepare(PASSWORDS.replace);
  const addPasskey = database.prepare(NEW_PASSKEYS.insert);
  const namePasskey = prepared('UPDATE passkey SET name = $name WHERE id = $id');
  const usePasskey = prepared('UPDATE passkey SET counter = $counter, used_at = $usedAt WHERE id = $id');
  const dropPasskey = prepared('DELETE FROM passkey WHERE id = $id');
  const dropPasskeys = prepared('DELETE FROM passkey WHERE person = $person');
  const putIdentity = database.prepare(IDENTITIES.replace);
  const dropIdentities = prepared('DELETE FROM linked_identity WHERE person = $person');
  const addSession = database.prepare(NEW_SESSIONS.insert);
  const putInvitation = database.prepare(INVITATIONS.insert);
  const addToken = database.prepare(NEW_TOKENS.insert);
  const dropPassword = prepared('DELETE FROM password WHERE person = $person');
  const useSession = prepared('UPDATE account_session SET seen_at = $seenAt, until = $until WHERE id = $id');
  const endSession = prepared('DELETE FROM account_session WHERE id = $id');
  const endSessions = prepared('DELETE FROM account_session WHERE person = $person');
  const dropInvitations = prepared('DELETE FROM invitation WHERE person IS $person');
  const useToken = prepared('UPDATE access_token SET used_at = $usedAt WHERE id = $id');
  const revokeToken = prepared('DELETE FROM access_token WHERE id = $id');
  const names = NAMES.map(prepared);
  const pseudonymise = pseudonymising(database);

  // oxlint-disable-next-line complexity, max-lines-per-function -- a case for each kind of change
  return (change) => {
    switch (change.kind) {
      case 'put-person':
        putPerson.run(...PEOPLE.values(change.person));
        return;
      case 'put-password':
        putPassword.run(...PASSWORDS.values(change.password));
        return;
      case 'drop-password':
        dropPassword({ person: change.person });
        return;
      case 'add-passkey':
        addPasskey.run(...NEW_PASSKEYS.values(change.passkey));
        return;
      case 'name-passkey':
        namePasskey({ id: change.id, name: change.name });
        return;
      case 'use-passkey':
        usePasskey({ id: change.id, counter: change.counter, usedAt: change.usedAt });
        return;
      case 'drop-passkey':
        dropPasskey({ id: change.id });
        return;
      case 'drop-passkeys':
        dropPasskeys({ person: change.person });
        return;
      case 'put-identity':
        putIdentity.run(...IDENTITIES.values(change.identity));
        return;
      case 'drop-identities':
        dropIdentities({ person: change.person });
        return;
      case 'add-session':
        addSession.run(...NEW_SESSIONS.values(change.session));
        return;
      case 'use-session':
        useSession({ id: change.id, seenAt: change.seenAt, until: change.until });
        return;
      case 'end-session':
        endSession({ id: change.id });
        return;
      case 'end-sessions':
        endSessions({ person: change.person });
        return;
      case 'put-invitation':
        dropInvitations({ person: change.invitation.person ?? null });
        putInvitation.run(...INVITATIONS.values(change.invitation));
        return;
      case 'drop-invitations':
        dropInvitations({ person: change.person ?? null });
        return;
      case 'add-token':
        addToken.run(...NEW_TOKENS.values(change.token));
        return;
      case 'use-token':
        useToken({ id: change.id, usedAt: change.usedAt });
        return;
      case 'revoke-token':
        revokeToken({ id: change.id });
        return;
      case 'replace-name':
        for (const replace of names) replace({ name: change.name, by: change.by });
        return;
      case 'pseudonymise':
        pseudonymise(change.person, change.by);
    }
  };
};

/** People, sessions, invitations and tokens in SQLite. */
// oxlint-disable-next-line max-lines-per-function -- the statements of one table each
export const accountRows = (database: DatabaseSync, transaction: Transaction): AccountRows => {
  const apply = applying(database);
  const people = database.prepare('SELECT * FROM person ORDER BY id');
  const person = database.prepare('SELECT * FROM person WHERE id = $id');
  const withLogin = database.prepare('SELECT * FROM person WHERE login = $login');
  const newest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'person'");
  const password = database.prepare('SELECT * FROM password WHERE person = $person');
  const passkeys = database.prepare('SELECT * FROM passkey WHERE person = $person ORDER BY id');
  const passkey = database.prepare('SELECT * FROM passkey WHERE credential = $credential');
  const identities = database.prepare(
    'SELECT * FROM linked_identity WHERE person = $person ORDER BY linked_at, subject',
  );
  const identity = database.prepare('SELECT * FROM linked_identity WHERE issuer = $issuer AND subject = $subject');
  const sessions = database.prepare('SELECT * FROM account_session WHERE person = $person ORDER BY id DESC');
  const session = database.prepare('SELECT * FROM account_session WHERE hash = $hash');
  const invitation = database.prepare('SELECT * FROM invitation WHERE hash = $hash');
  const tokens = database.prepare('SELECT * FROM access_token ORDER BY id');
  const token = database.prepare('SELECT * FROM access_token WHERE hash = $hash');
  const purges = ['account_session', 'invitation', 'access_token'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE until < $before`),
  );
  return {
    people: () => all(people, PEOPLE.read),
    person: (id) => first(person, PEOPLE.read, { id }),
    personWithLogin: (login) => first(withLogin, PEOPLE.read, { login }),
    nextPersonId: () => (first(newest, (row) => number(row, 'seq')) ?? 0) + 1,
    passwordOf: (of) => first(password, PASSWORDS.read, { person: of }),
    passkeysOf: (of) => all(passkeys, PASSKEYS.read, { person: of }),
    passkeyWith: (credential) => first(passkey, PASSKEYS.read, { credential }),
    identitiesOf: (of) => all(identities, IDENTITIES.read, { person: of }),
    identityWith: (issuer, subject) => first(identity, IDENTITIES.read, { issuer, subject }),
    sessionsOf: (of) => all(sessions, SESSIONS.read, { person: of }),
    sessionWith: (hash) => first(session, SESSIONS.read, { hash }),
    invitationWith: (hash) => first(invitation, INVITATIONS.read, { hash }),
    tokens: () => all(tokens, TOKENS.read),
    tokenWith: (hash) => first(token, TOKENS.read, { hash }),
    changeAccounts: (changes) => transaction(() => changes.forEach(apply)),
    purgeAccess: (before) =>
      transaction(() => purges.reduce((sum, purge) => sum + Number(purge.run({ before }).changes), 0)),
  };
};
