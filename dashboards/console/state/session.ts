import {
  endOwn,
  keepLanguage,
  signInToDemo,
  type SignInFields,
  signInWith,
  whoAmI,
} from '#dashboards/console/api/account.ts';
import { signInWithPasskey } from '#dashboards/console/api/passkeys.ts';
import type { SessionInfo } from '#dashboards/console/api/types.ts';
import { adoptLanguage, type PageLanguage, showLanguage } from '#dashboards/console/text/texts.ts';
import { makeStore } from './store.ts';

/** Set in a tab whose person has signed out, so that the demo does not sign in again. */
const SIGNED_OUT = 'klawing.signed-out';

/** The person of this browser; undefined until it is known. */
export const session = makeStore<SessionInfo | undefined>(undefined);

/** Reads who is signed in. The demo signs in by itself. */
export const readSession = async (): Promise<void> => {
  const known = await whoAmI();
  const isDemo = known.demo && known.person === null && sessionStorage.getItem(SIGNED_OUT) === null;
  if (isDemo) await signInToDemo();
  const now = isDemo ? await whoAmI() : known;
  adoptLanguage(now.person?.language);
  session.set(now);
};

/** Shows the page in a language, and keeps it with the account of the person who is signed in. @throws Refusal; TypeError without an answer */
export const chooseLanguage = async (next: PageLanguage): Promise<void> => {
  showLanguage(next);
  if ((session.get()?.person ?? null) !== null) await keepLanguage(next);
};

/** @throws Refusal with status 401 for a wrong name or password, 429 after too many attempts */
export const signIn = async (fields: SignInFields): Promise<void> => {
  await signInWith(fields);
  await readSession();
};

/** Signs in with a passkey that the browser offers. @throws Refusal with status 403; Error when the person stops it */
export const signInByPasskey = async (keep: boolean): Promise<void> => {
  await signInWithPasskey(keep);
  await readSession();
};

/** Ends the session, and reads the page anew, so that nothing of the person is left in it. */
export const signOut = async (): Promise<void> => {
  await endOwn();
  sessionStorage.setItem(SIGNED_OUT, 'true');
  location.hash = '#/';
  location.reload();
};
