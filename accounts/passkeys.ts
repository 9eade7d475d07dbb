import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { NewCredential, Passkey, UsedCredential } from '#model/accounts/passkey.ts';
import { Fault } from '#model/base/fault.ts';
import type { SignInAttempts } from './attempts.ts';
import { type AccountDeps, actorOf, DEMO } from './deps.ts';
import { makeOneTime } from './one-time.ts';
import type { SessionRequest, SignedIn } from './sessions.ts';
import type { SessionStarted, SignIn } from './sign-in.ts';

/** The address of the console in the browser. A passkey is valid for one host only. */
export interface PasskeySite {
  readonly host: string;
  readonly origin: string;
}

interface PasskeySignIn extends SessionRequest {
  readonly credential: UsedCredential;
  readonly address: string;
  readonly before: SignedIn | undefined;
}

export interface Passkeys {
  /** Options with which the browser asks the authenticator for a new credential. @throws Fault `CONFLICT` in the demo, and when the person has many */
  offer(who: SignedIn, site: PasskeySite): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws Fault `PASSKEY_REFUSED` */
  add(
    who: SignedIn,
    passkey: { readonly name: string; readonly credential: NewCredential },
    site: PasskeySite,
  ): Promise<void>;
  /** @throws Fault `NOT_FOUND` */
  rename(person: number, id: number, name: string): Promise<void>;
  /** @throws Fault `NOT_FOUND` */
  revoke(person: number, id: number): Promise<void>;
  /** The question for a sign-in: any passkey of this site. */
  ask(site: PasskeySite): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** @throws Fault `PASSKEY_REFUSED`, `SIGN_IN_LIMITED` */
  signIn(request: PasskeySignIn, site: PasskeySite): Promise<SessionStarted>;
}

/** Most passkeys of one person. */
const MOST = 20;

/** Kind of the question that a challenge belongs to: a number is the person who adds a passkey. */
type Asked = number | 'sign-in';

/** Loaded at the first passkey: a service without passkeys does not need it. */
const library = () => import('@simplewebauthn/server');

const refused = (cause?: unknown): Fault =>
  new Fault(
    'PASSKEY_REFUSED',
    'try again; if it fails again, sign in another way and add the passkey anew on your account page, at this address',
    { cause },
  );

/** An answer that the library refuses is an error of the request. */
const verified = async <T extends { readonly verified: boolean }>(verification: Promise<T>): Promise<T> => {
  const result = await verification.catch((error: unknown) => {
    throw refused(error);
  });
  if (!result.verified) throw refused();
  return result;
};

// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makePasskeys = (
  { clock, rows }: AccountDeps,
  signIn: Pick<SignIn, 'begin'>,
  attempts: SignInAttempts,
): Passkeys => {
  const asked = makeOneTime<Asked>(clock);

  const ofPerson = (person: number, id: number): Passkey => {
    const found = rows.passkeysOf(person).find((passkey) => passkey.id === id);
    if (found !== undefined) return found;
    throw new Fault('NOT_FOUND', `you have no passkey ${id}; GET /v1/passkeys lists them`);
  };

  return {
    offer: async ({ person }, { host }) => {
      const known = rows.passkeysOf(person.id);
      if (person.login === DEMO) throw new Fault('CONFLICT', 'the person of the demo signs in without a passkey');
      if (known.length >= MOST) throw new Fault('CONFLICT', `you have ${MOST} passkeys; remove one first`);
      const options = await (await library()).generateRegistrationOptions({
        rpName: 'Klawing',
        rpID: host,
        userName: person.login ?? person.name,
        userDisplayName: person.name,
        userID: new Uint8Array(Buffer.from(actorOf(person.id))),
        excludeCredentials: known.map(({ credential }) => ({ id: credential })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      asked.put(options.challenge, person.id);
      return options;
    },
    add: async ({ person }, { name, credential }, { host, origin }) => {
      const { verifyRegistrationResponse } = await library();
      const { registrationInfo } = await verified(
        verifyRegistrationResponse({
          response: credential,
          expectedChallenge: (challenge) => asked.take(challenge) === person.id,
          expectedOrigin: origin,
          expectedRPID: host,
          requireUserVerification: true,
        }),
      );
      if (registrationInfo === undefined) throw refused();
      const { id, publicKey, counter } = registrationInfo.credential;
      if (rows.passkeyWith(id) !== undefined) throw refused();
      const passkey = { person: person.id, name, credential: id, publicKey, counter, createdAt: clock.now() };
      rows.noteAudit({}, { subject: actorOf(person.id) });
      await rows.changeAccounts([{ kind: 'add-passkey', passkey }]);
    },
    rename: async (person, id, name) => {
      ofPerson(person, id);
      rows.noteAudit({ passkey: id }, { subject: actorOf(person) });
      await rows.changeAccounts([{ kind: 'name-passkey', id, name }]);
    },
    revoke: async (person, id) => {
      ofPerson(person, id);
      rows.noteAudit({ passkey: id }, { subject: actorOf(person) });
      await rows.changeAccounts([{ kind: 'drop-passkey', id }]);
    },
    ask: async ({ host }) => {
      const options = await (await library()).generateAuthenticationOptions({
        rpID: host,
        userVerification: 'required',
      });
      asked.put(options.challenge, 'sign-in');
      return options;
    },
    signIn: async ({ credential, address, before, ...request }, { host, origin }) => {
      const account = `passkey ${credential.id}`;
      attempts.count(account, address);
      const passkey = rows.passkeyWith(credential.id);
      if (passkey === undefined) throw refused();
      const { verifyAuthenticationResponse } = await library();
      const { authenticationInfo } = await verified(
        verifyAuthenticationResponse({
          response: credential,
          expectedChallenge: (challenge) => asked.take(challenge) === 'sign-in',
          expectedOrigin: origin,
          expectedRPID: host,
          requireUserVerification: true,
          credential: {
            id: passkey.credential,
            publicKey: new Uint8Array(passkey.publicKey),
            counter: passkey.counter,
          },
        }),
      );
      // the passkey may have been removed, and the person disabled, while the answer was verified
      const person = rows.passkeyWith(credential.id) === undefined ? undefined : rows.person(passkey.person);
      if (person?.role === undefined || person.disabledAt !== undefined) throw refused();
      attempts.succeeded(account, address);
      const counter = authenticationInfo.newCounter;
      return signIn.begin(person, request, before, [
        { kind: 'use-passkey', id: passkey.id, counter, usedAt: clock.now() },
      ]);
    },
  };
};
