import type { Catalogue } from './catalogue-id.ts';
import { errorText } from './error-text.ts';

/** Errors of the browser (WebAuthn, 5.1.3 and 5.1.4) that a person causes, by their names. */
const STOPPED: ReadonlySet<string> = new Set(['NotAllowedError', 'AbortError']);

/** The text for a passkey that was not made or not accepted. */
export const passkeyProblem = (error: unknown, texts: Catalogue): string => {
  const name = error instanceof Error ? error.name : '';
  if (STOPPED.has(name)) return texts.people.passkeyStopped;
  return name === 'InvalidStateError' ? texts.people.passkeyKnown : errorText(error, texts);
};
