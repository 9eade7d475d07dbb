import { useState } from 'preact/hooks';
import { accept, lookAt } from '#dashboards/console/api/account.ts';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import type { InvitationInfo } from '#dashboards/console/api/types.ts';
import { PageNote } from '#dashboards/console/components/common/page-note.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { useAnswer } from '#dashboards/console/components/common/use-document.ts';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { OidcButton } from '#dashboards/console/components/forms/oidc-button.tsx';
import { ConsentField, KeepField, NewPasswordField } from '#dashboards/console/components/forms/password-fields.tsx';
import { resume } from '#dashboards/console/state/live.ts';
import { readSession } from '#dashboards/console/state/session.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

/** The page of a one-time link: joining, or choosing a new password. */
export const InvitationPage = ({ code }: { readonly code: string }) => {
  const { people } = useTexts();
  const { remote, data, error, again } = useAnswer(code, lookAt);
  if (error instanceof RefusedRequest && error.code === 'INVITATION_REFUSED')
    return <PageNote title={people.joinTitle} text={people.linkRefused} />;
  return (
    <>
      <RemoteStatus remote={remote} again={again} />
      {data !== undefined && <JoinForm code={code} invitation={data} />}
    </>
  );
};

interface JoinFormProps {
  readonly code: string;
  readonly invitation: InvitationInfo;
}

const JoinForm = ({ code, invitation: { purpose, name } }: JoinFormProps) => {
  const texts = useTexts();
  const { people } = texts;
  const [problem, setProblem] = useState<string>();
  const join = async (field: Field): Promise<void> => {
    const chosen = name === null ? { name: field('name'), login: field('login') } : {};
    try {
      await accept({ code, password: field.raw('new'), keep: field('keep') === 'on', consent: true, ...chosen });
      await readSession();
      resume();
      location.hash = '#/';
    } catch (error) {
      setProblem(errorText(error, texts));
    }
  };
  const title = purpose === 'join' ? people.joinTitle : people.resetTitle;
  return (
    <form class="card login stack" onSubmit={(event) => void join(fieldsOf(event))}>
      <h1>{title}</h1>
      <p>{name === null ? people.firstText : people.joinText(name)}</p>
      {name === null && (
        <>
          <label>
            {people.name}
            <input name="name" required maxLength={100} autocomplete="name" />
          </label>
          <label>
            {people.login}
            <input name="login" required maxLength={63} autocomplete="username" autocapitalize="none" />
          </label>
        </>
      )}
      <NewPasswordField label={people.password} />
      <KeepField />
      <ConsentField isRequired />
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" class="primary">
        {purpose === 'join' ? people.join : people.changePassword}
      </button>
      {name !== null && <OidcButton code={code} onProblem={setProblem} />}
    </form>
  );
};
