import type { LinkedIdentity } from '#model/accounts/linked-identity.ts';
import { LoginName, type Person } from '#model/accounts/person.ts';
import { Fault } from '#model/base/fault.ts';
import type { AccountChange } from '#storage/operations/accounts.ts';
import type { SignInAttempts } from './attempts.ts';
import { type AccountDeps, actorOf, DEMO } from './deps.ts';
import { makeIdentityProvider, type OidcProof, type ProvenIdentity } from './identity-provider.ts';
import type { Invitations } from './invitations.ts';
import { makeOneTime } from './one-time.ts';
import type { SessionRequest, SignedIn } from './sessions.ts';
import type { OidcSettings } from './settings.ts';
import type { SessionStarted, SignIn } from './sign-in.ts';

interface OidcAsked {
  /** Address of the service to which the browser comes back. */
  readonly redirect: string;
  readonly address: string;
  readonly isKept: boolean;
  /** True where the person has consented to the processing of personal data. */
  readonly hasConsented: boolean;
  /** Code of the one-time link that the person followed. */
  readonly code: string | undefined;
  /** The session that the browser has; it ends. */
  readonly before: SignedIn | undefined;
}

interface OidcReturn extends Pick<SessionRequest, 'browser'> {
  /** State that this browser was given. */
  readonly state: string | undefined;
  /** Parameters with which the identity service sent the browser back. */
  readonly answer: URLSearchParams;
}

/** Signing in at the identity service of the settings. */
export interface OidcSignIn {
  /** The address to which the browser goes, and the state that it keeps. @throws Fault `SIGN_IN_LIMITED`, `OIDC_UNREACHABLE` */
  begin(asked: OidcAsked): Promise<{ readonly url: string; readonly state: string }>;
  /** @throws Fault `OIDC_REFUSED`, `OIDC_NO_ACCOUNT`, `CONSENT_MISSING`, `INVITATION_REFUSED`, and those of the identity service */
  finish(returned: OidcReturn): Promise<SessionStarted & Pick<SessionRequest, 'isKept'>>;
}

/** A person who was found, and the changes that the sign-in needs. */
interface FoundAccount {
  readonly person: Person;
  readonly changes: readonly AccountChange[];
  /** Facts for the trail of changes. */
  readonly noted: Readonly<Record<string, string | boolean>>;
}

interface OidcParts {
  readonly settings: OidcSettings;
  readonly signIn: Pick<SignIn, 'begin'>;
  readonly invitations: Pick<Invitations, 'look'>;
  readonly attempts: SignInAttempts;
}

const noAccount = (found: string): Fault =>
  new Fault(
    'OIDC_NO_ACCOUNT',
    `${found}; an operator adds you with that address, or makes a link ("klawing user invite")`,
  );

const isAdmitted = ({ role, login, disabledAt }: Person): boolean =>
  role !== undefined && login !== DEMO && disabledAt === undefined;

const NAME_LENGTH = 100;

// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makeOidcSignIn = (
  { clock, rows }: AccountDeps,
  { settings, signIn, invitations, attempts }: OidcParts,
): OidcSignIn => {
  const provider = makeIdentityProvider(settings, clock);
  const asked = makeOneTime<OidcAsked & { readonly proof: OidcProof }>(clock);

  const linking = ({ id }: Person, { issuer, subject }: ProvenIdentity): AccountChange => {
    const now = clock.now();
    const linkedAt = rows.identityWith(issuer, subject)?.linkedAt ?? now;
    return { kind: 'put-identity', identity: { issuer, subject, person: id, linkedAt, usedAt: now } };
  };

  /** A first sign-in: the link to join is used up, and the identity in place of another of this service. */
  const joined = (person: Person, proven: ProvenIdentity): FoundAccount => ({
    person,
    changes: [
      { kind: 'put-person', person },
      { kind: 'drop-invitations', person: person.id },
      { kind: 'drop-identities', person: person.id },
      linking(person, proven),
    ],
    noted: { linked: true },
  });

  const consenting = (person: Person, { hasConsented }: OidcAsked): Person => {
    if (person.consentAt !== undefined) return person;
    if (hasConsented) return { ...person, consentAt: clock.now() };
    throw new Fault('CONSENT_MISSING', 'tick the consent on the page to sign in, then sign in again');
  };

  const withLink = (
    code: string,
    linked: LinkedIdentity | undefined,
    request: OidcAsked,
    proven: ProvenIdentity,
  ): FoundAccount => {
    const { person } = invitations.look(code);
    if (person === undefined || !isAdmitted(person)) {
      throw new Fault(
        'INVITATION_REFUSED',
        'the first operator chooses a password; others sign in at the identity service',
      );
    }
    if (linked !== undefined && linked.person !== person.id) {
      throw new Fault('CONFLICT', 'this account of the identity service belongs to another person here');
    }
    return joined(consenting(person, request), proven);
  };

  const withEmail = (email: string, service: string): Person | undefined => {
    const found = rows
      .people()
      .filter((each) => each.role !== undefined && (each.email?.toLowerCase() === email || each.login === email));
    const [person, other] = found.filter(isAdmitted);
    if (other !== undefined) throw noAccount('several people here have your mail address');
    if (person === undefined && found.length > 0) throw noAccount('your account is disabled');
    if (person === undefined) return undefined;
    if (rows.identitiesOf(person.id).some(({ issuer }) => issuer === service)) {
      throw noAccount(
        'your mail address belongs to a person who signs in with another account of the identity service',
      );
    }
    return person;
  };

  const added = (email: string, { name }: ProvenIdentity): Person | undefined => {
    const { defaultRole } = settings;
    if (defaultRole === undefined) return undefined;
    const id = rows.nextPersonId();
    const login = LoginName.safeParse(email).data ?? `person-${id}`;
    return { id, name: (name ?? email).slice(0, NAME_LENGTH), login, role: defaultRole, email, createdAt: clock.now() };
  };

  const find = (request: OidcAsked, proven: ProvenIdentity): FoundAccount => {
    const linked = rows.identityWith(proven.issuer, proven.subject);
    if (request.code !== undefined) return withLink(request.code, linked, request, proven);
    const { email } = proven;
    if (linked !== undefined) {
      const person = rows.person(linked.person);
      if (person === undefined || !isAdmitted(person)) throw noAccount('your account is disabled');
      return { person, changes: [linking(person, proven)], noted: {} };
    }
    if (email === undefined) throw noAccount('the identity service has not verified your mail address');
    const known = withEmail(email, proven.issuer);
    const person = known ?? added(email, proven);
    if (person === undefined) throw noAccount('nobody here has your mail address');
    const found = joined(consenting(person, request), proven);
    return known === undefined ? { ...found, noted: { ...found.noted, role: person.role ?? '' } } : found;
  };

  return {
    begin: async (request) => {
      // an address counts, and not an account, which nobody knows yet
      attempts.count(`oidc ${request.address}`, request.address);
      const { url, proof } = await provider.begin(request.redirect);
      asked.put(proof.state, { ...request, proof });
      return { url, state: proof.state };
    },
    finish: async ({ state, answer, browser }) => {
      const request = state !== undefined && answer.get('state') === state ? asked.take(state) : undefined;
      if (request === undefined) {
        throw new Fault(
          'OIDC_REFUSED',
          'this browser did not begin it, or it took longer than ten minutes; begin again',
        );
      }
      const { redirect, proof, address, isKept, before } = request;
      const proven = await provider.finish(new URL(`${redirect}?${answer.toString()}`), proof);
      const { person, changes, noted } = find(request, proven);
      attempts.succeeded(`oidc ${address}`, address);
      rows.noteAudit(noted, { subject: actorOf(person.id) });
      const started = await signIn.begin(person, { browser, isKept }, before, changes);
      return { ...started, isKept };
    },
  };
};
