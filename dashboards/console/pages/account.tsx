import { useState } from 'preact/hooks';
import { changePassword, endSession } from '#dashboards/console/api/account.ts';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import type { BrowserSession } from '#dashboards/console/api/types.ts';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { PersonStatus } from '#dashboards/console/components/people/person-status.tsx';
import { OwnPasskeys } from '#dashboards/console/components/people/passkeys.tsx';
import { fieldsOf } from '#dashboards/console/components/forms/form.ts';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { NewPasswordField } from '#dashboards/console/components/forms/password-fields.tsx';
import { SignInForm } from '#dashboards/console/components/forms/sign-in.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { linkTo } from '#dashboards/console/routes.ts';
import { resume } from '#dashboards/console/state/live.ts';
import { changed } from '#dashboards/console/state/remote.ts';
import { chooseLanguage, session as sessionStore } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';

/** The page of the person who is signed in; for others the form to sign in. */
export const AccountPage = () => {
  const { pages, people } = useTexts();
  const known = useStore(sessionStore);
  if (known === undefined) return <PersonStatus />;
  if (known.person === null) return <SignInForm onDone={resume} />;
  const { name, role } = known.person;
  const mayCall = (operation: string): boolean => known.not_allowed[operation] === undefined;
  return (
    <>
      <h1>{name}</h1>
      <p class="lead">
        {role !== null && people.roles[role]} · <a href={linkTo({ page: 'audit' })}>{pages.audit}</a>
        {mayCall('listPeople') && (
          <>
            {' '}
            · <a href={linkTo({ page: 'people' })}>{pages.people}</a>
          </>
        )}
        {mayCall('listTokens') && (
          <>
            {' '}
            · <a href={linkTo({ page: 'tokens' })}>{pages.tokens}</a>
          </>
        )}{' '}
        ·{' '}
        <a href="/v1/session/data" download="klawing.json">
          {people.ownData}
        </a>
      </p>
      <LanguageField />
      <OwnSessions own={known.session} />
      <OwnPasskeys />
      <PasswordForm />
    </>
  );
};

const LanguageField = () => {
  const { people } = useTexts();
  const language = useLanguage();
  const changing = useChange(() => undefined);
  return (
    <section aria-labelledby="own-language">
      <h2 id="own-language">{people.language}</h2>
      <p>
        <select
          aria-labelledby="own-language"
          value={language}
          onChange={({ currentTarget: { value } }) => changing.ask(() => chooseLanguage(value === 'en' ? 'en' : 'id'))}
        >
          {Object.entries(people.languages).map(([code, name]) => (
            <option key={code} value={code} lang={code} selected={code === language}>
              {name}
            </option>
          ))}
        </select>{' '}
        {people.languageHelp}
      </p>
      {changing.failed !== undefined && <p role="alert">{changing.failed}</p>}
      {changing.dialog}
    </section>
  );
};

const OwnSessions = ({ own }: { readonly own: number | null }) => {
  const { none, people } = useTexts();
  const { remote, again } = useDocument<{ sessions: BrowserSession[] }>('/v1/sessions');
  const sessions = changed(remote, (answer): readonly BrowserSession[] => answer.sessions);
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{people.sessions}</h2>
      <LoadedList remote={sessions} again={again} none={none}>
        {(all) => (
          <ul class="plain stack">
            {all.map((each) => (
              <SessionLine key={each.id} session={each} isOwn={each.id === own} onDone={again} />
            ))}
          </ul>
        )}
      </LoadedList>
    </section>
  );
};

interface SessionLineProps {
  readonly session: BrowserSession;
  readonly isOwn: boolean;
  readonly onDone: () => void;
}

const SessionLine = ({ session: { id, browser, seen_at: seenAt }, isOwn, onDone }: SessionLineProps) => {
  const { locale, people } = useTexts();
  const changing = useChange(onDone);
  return (
    <li data-session={id}>
      {browser} {isOwn && <em>({people.thisBrowser})</em>} · {people.lastUse(formatTime(locale, seenAt))}{' '}
      {!isOwn && (
        <button type="button" onClick={() => changing.ask(() => endSession(id))}>
          {people.end}
        </button>
      )}
      {changing.failed !== undefined && <span role="alert">{changing.failed}</span>}
      {changing.dialog}
    </li>
  );
};

const PasswordForm = () => {
  const texts = useTexts();
  const { people } = texts;
  const [told, setTold] = useState<{ readonly text: string; readonly isGood: boolean }>();
  const change = async (field: Field): Promise<void> => {
    try {
      await changePassword(field.raw('old'), field.raw('new'));
      setTold({ text: people.passwordChanged, isGood: true });
    } catch (error) {
      const isWrong = error instanceof RefusedRequest && error.status === 401;
      setTold({ text: isWrong ? people.passwordWrong : errorText(error, texts), isGood: false });
    }
  };
  return (
    <section aria-labelledby="password">
      <h2 id="password">{people.changePassword}</h2>
      <form class="card login stack" onSubmit={(event) => void change(fieldsOf(event))}>
        <label>
          {people.oldPassword}
          <input name="old" type="password" required autocomplete="current-password" />
        </label>
        <NewPasswordField label={people.newPassword} />
        {told !== undefined && <p role={told.isGood ? 'status' : 'alert'}>{told.text}</p>}
        <button type="submit" class="primary">
          {people.changePassword}
        </button>
      </form>
    </section>
  );
};
