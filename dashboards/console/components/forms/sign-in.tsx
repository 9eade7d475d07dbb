import { useState } from 'preact/hooks';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import { canUsePasskeys } from '#dashboards/console/api/passkeys.ts';
import { passkeyProblem } from '#dashboards/console/text/passkey-problem.ts';
import { signIn, signInByPasskey } from '#dashboards/console/state/session.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { fieldsOf } from './form.ts';
import type { Field } from './field.ts';
import { FormDialog } from './form-dialog.tsx';
import { OidcButton, useOidcProblem } from './oidc-button.tsx';
import { ConsentField, SignInFieldset } from './password-fields.tsx';

const statusOf = (error: unknown): number | undefined => (error instanceof RefusedRequest ? error.status : undefined);

/** Signs in with the fields of a form; the text of what went wrong, undefined where it worked. */
const useSignIn = (): ((field: Field) => Promise<string | undefined>) => {
  const texts = useTexts();
  const { people } = texts;
  return async (field) => {
    try {
      await signIn({ login: field('login'), password: field.raw('password'), keep: field('keep') === 'on' });
      return undefined;
    } catch (error) {
      if (statusOf(error) === 401) return people.wrong;
      if (statusOf(error) === 429) return people.limited;
      return errorText(error, texts);
    }
  };
};

/** Signing in with a passkey, where the browser and the address allow it. */
const PasskeyButton = ({ onDone, onProblem }: PasskeyButtonProps) => {
  const texts = useTexts();
  if (!canUsePasskeys()) return null;
  const attempt = async (form: HTMLFormElement | null): Promise<void> => {
    try {
      await signInByPasskey(form !== null && new FormData(form).get('keep') === 'on');
      onDone();
    } catch (error) {
      onProblem(passkeyProblem(error, texts));
    }
  };
  return (
    <button type="button" data-passkey onClick={(event) => void attempt(event.currentTarget.form)}>
      {texts.people.passkeySignIn}
    </button>
  );
};

interface PasskeyButtonProps {
  readonly onDone: () => void;
  readonly onProblem: (text: string) => void;
}

/** The form of the page to sign in. */
export const SignInForm = ({ onDone }: { readonly onDone: () => void }) => {
  const { people } = useTexts();
  const returned = useOidcProblem();
  const [problem, setProblem] = useState<string>();
  const attempt = useSignIn();
  const submit = async (event: SubmitEvent): Promise<void> => {
    const failed = await attempt(fieldsOf(event));
    setProblem(failed);
    if (failed === undefined) onDone();
  };
  return (
    <form class="card login stack" onSubmit={(event) => void submit(event)}>
      <h1>{people.signInTitle}</h1>
      <p>{people.signInText}</p>
      <SignInFieldset />
      {(problem ?? returned.text) !== undefined && <p role="alert">{problem ?? returned.text}</p>}
      {returned.asksConsent && <ConsentField isRequired={false} />}
      <button type="submit" class="primary">
        {people.signIn}
      </button>
      <PasskeyButton onDone={onDone} onProblem={setProblem} />
      <OidcButton onProblem={setProblem} />
    </form>
  );
};

interface SignInDialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks a person to sign in before a change. */
export const SignInDialog = ({ onDone, onClose }: SignInDialogProps) => {
  const { people } = useTexts();
  const [problem, setProblem] = useState<string>();
  const attempt = useSignIn();
  const submit = async (field: Field): Promise<void> => {
    const failed = await attempt(field);
    setProblem(failed);
    if (failed === undefined) onDone();
  };
  return (
    <FormDialog
      title={people.signInTitle}
      action={people.signIn}
      onSubmit={(field) => void submit(field)}
      onClose={onClose}
      failed={problem}
    >
      <p>{people.signInForChange}</p>
      <SignInFieldset />
      <PasskeyButton onDone={onDone} onProblem={setProblem} />
    </FormDialog>
  );
};
