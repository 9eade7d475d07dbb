import { beginOidc } from '#dashboards/console/api/account.ts';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import { address } from '#dashboards/console/state/router.ts';
import { session } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

type OidcProblem = keyof Catalogue['people']['oidcProblems'];

const isOidcProblem = (code: string, { people }: Catalogue): code is OidcProblem =>
  Object.hasOwn(people.oidcProblems, code);

/** The problem with which the identity service led back to this page: the address names its code. */
export const useOidcProblem = (): { readonly text: string | undefined; readonly asksConsent: boolean } => {
  const texts = useTexts();
  const { query } = useStore(address);
  const code = query['fault'] ?? '';
  return {
    text: isOidcProblem(code, texts) ? texts.people.oidcProblems[code] : undefined,
    asksConsent: code === 'CONSENT_MISSING',
  };
};

/** The text for a sign-in that could not begin. */
const problemOf = (error: unknown, texts: Catalogue): string => {
  const code = error instanceof RefusedRequest ? (error.code ?? '') : '';
  if (code === 'SIGN_IN_LIMITED') return texts.people.limited;
  return isOidcProblem(code, texts) ? texts.people.oidcProblems[code] : errorText(error, texts);
};

interface OidcButtonProps {
  /** Code of the one-time link that the person followed. */
  readonly code?: string;
  readonly onProblem: (text: string) => void;
}

/** Leads to the identity service, where one is set. A consent that the form asks for has to be given before. */
export const OidcButton = ({ code, onProblem }: OidcButtonProps) => {
  const texts = useTexts();
  const service = useStore(session)?.identity_service ?? null;
  if (service === null) return null;
  const begin = async (form: HTMLFormElement | null): Promise<void> => {
    const consent = form?.elements.namedItem('consent') ?? null;
    if (consent instanceof HTMLInputElement && !consent.checked) {
      consent.focus();
      onProblem(texts.people.oidcProblems.CONSENT_MISSING);
      return;
    }
    const keep = form !== null && new FormData(form).get('keep') === 'on';
    try {
      const { url } = await beginOidc({ keep, consent: consent !== null, ...(code === undefined ? {} : { code }) });
      location.assign(url);
    } catch (error) {
      onProblem(problemOf(error, texts));
    }
  };
  const { oidcJoin, oidcSignIn } = texts.people;
  return (
    <button type="button" onClick={(event) => void begin(event.currentTarget.form)}>
      {code === undefined ? oidcSignIn(service) : oidcJoin(service)}
    </button>
  );
};
