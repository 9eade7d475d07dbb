import { useTexts } from '#dashboards/console/text/texts.ts';

/** Name, password, and whether the session lasts long. */
export const SignInFieldset = () => {
  const { people } = useTexts();
  return (
    <>
      <label>
        {people.login}
        <input name="login" required autocomplete="username" autocapitalize="none" spellcheck={false} />
      </label>
      <label>
        {people.password}
        <input name="password" type="password" required autocomplete="current-password" />
      </label>
      <KeepField />
    </>
  );
};

export const KeepField = () => {
  const { people } = useTexts();
  return (
    <label class="check">
      <input name="keep" type="checkbox" defaultChecked /> {people.keep}
    </label>
  );
};

/** Consent to the processing of personal data. */
export const ConsentField = ({ isRequired }: { readonly isRequired: boolean }) => {
  const { people } = useTexts();
  return (
    <label class="check">
      <input name="consent" type="checkbox" required={isRequired} /> {people.consent}
    </label>
  );
};

/** A password that is chosen now. */
export const NewPasswordField = ({ label }: { readonly label: string }) => {
  const { people } = useTexts();
  return (
    <label>
      {label}
      <input name="new" type="password" required minLength={12} maxLength={200} autocomplete="new-password" />
      <small>{people.passwordHelp}</small>
    </label>
  );
};
