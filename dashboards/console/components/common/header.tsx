import { linkTo, PAGES, type PageRoute } from '#dashboards/console/routes.ts';
import { connection } from '#dashboards/console/state/live.ts';
import { useMissingRole } from '#dashboards/console/state/rights.ts';
import { chooseLanguage, session, signOut } from '#dashboards/console/state/session.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useStandingAlerts } from '#dashboards/console/state/use-states.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';

export const Header = ({ route }: { readonly route: PageRoute }) => {
  const texts = useTexts();
  const language = useLanguage();
  const state = useStore(connection);
  // without an answer the page is switched all the same, and the account keeps the earlier language
  const switchLanguage = (): void => void chooseLanguage(language === 'id' ? 'en' : 'id').catch(() => undefined);
  const { person = null } = useStore(session) ?? {};
  const mayListPeople = useMissingRole('listPeople') === undefined;
  const { standing, isFresh } = useStandingAlerts();
  const firing = standing.filter((alert) => alert.state === 'firing').length;
  return (
    <header class="top">
      <a class="brand" href="#/">
        <img src="/icon.svg" alt="" width="30" height="30" />
        <span>
          <strong>Klawing</strong> <small>{texts.tagline}</small>
        </span>
      </a>
      <nav aria-label={texts.navigation}>
        {PAGES.map((page) => (
          <a key={page} href={linkTo({ page })} aria-current={route.page === page ? 'page' : undefined}>
            {texts.pages[page]}
            {page === 'alerts' && firing > 0 && <span class="count">{firing}</span>}
            {page === 'alerts' && firing === 0 && !isFresh && (
              <span class="count unsure" title={texts.alert.unsure}>
                ?
              </span>
            )}
          </a>
        ))}
        {mayListPeople && person !== null && (
          <a href={linkTo({ page: 'people' })} aria-current={route.page === 'people' ? 'page' : undefined}>
            {texts.pages.people}
          </a>
        )}
      </nav>
      <p class={`line ${state}`} role="status" data-line={state}>
        {texts.connection[state]}
      </p>
      <PersonMenu name={person?.name} />
      <button type="button" class="quiet" id="language" lang={language === 'id' ? 'en' : 'id'} onClick={switchLanguage}>
        {texts.otherLanguage}
      </button>
    </header>
  );
};

/** The person who is signed in, and the way out; for others the way in. */
const PersonMenu = ({ name }: { readonly name: string | undefined }) => {
  const { pages, people } = useTexts();
  if (name === undefined) {
    return (
      <a class="person" href={linkTo({ page: 'account' })}>
        {people.signIn}
      </a>
    );
  }
  return (
    <span class="person">
      <a href={linkTo({ page: 'account' })} title={pages.account} data-person-name>
        {name}
      </a>{' '}
      <button type="button" class="quiet" onClick={() => void signOut()}>
        {people.signOut}
      </button>
    </span>
  );
};
