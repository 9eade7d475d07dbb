import { makeSignInAttempts } from './attempts.ts';
import type { AccountDeps } from './deps.ts';
import { type Invitations, makeInvitations } from './invitations.ts';
import { makeOidcSignIn, type OidcSignIn } from './oidc.ts';
import { makePasswords } from './password.ts';
import { makePasskeys, type Passkeys } from './passkeys.ts';
import { makePeople, type People } from './people.ts';
import { makeSessions, makeUseRecorder, type Sessions } from './sessions.ts';
import { makeSignIn, type SignIn } from './sign-in.ts';
import { makeTokens, type Tokens } from './tokens.ts';

/** The services of accounts. */
export interface Accounts {
  readonly people: People;
  readonly invitations: Invitations;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly passkeys: Passkeys;
  /** Undefined without an identity service in the settings. */
  readonly oidc: OidcSignIn | undefined;
  readonly tokens: Tokens;
}

export const makeAccounts = (deps: AccountDeps): Accounts => {
  const passwords = makePasswords();
  const uses = makeUseRecorder(deps);
  const sessions = makeSessions(deps, uses);
  const attempts = makeSignInAttempts(deps.clock);
  const signIn = makeSignIn(deps, passwords, sessions, attempts);
  const { oidc } = deps.settings;
  const invitations = makeInvitations(deps, passwords, sessions);
  return {
    sessions,
    invitations,
    people: makePeople(deps, invitations),
    signIn,
    passkeys: makePasskeys(deps, signIn, attempts),
    oidc: oidc === undefined ? undefined : makeOidcSignIn(deps, { settings: oidc, signIn, invitations, attempts }),
    tokens: makeTokens(deps, uses),
  };
};
