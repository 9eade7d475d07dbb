import { useEffect } from 'preact/hooks';
import { Overview } from './pages/overview.tsx';
import { AlertsPage } from './pages/alerts.tsx';
import { DevicePage } from './pages/device.tsx';
import { Fleet } from './pages/fleet.tsx';
import { InvitationPage } from './pages/invitation.tsx';
import { Pipeline } from './pages/pipeline.tsx';
import { QuarantinePage } from './pages/quarantine.tsx';
import { StationPage } from './pages/station.tsx';
import { SignInForm } from './components/forms/sign-in.tsx';
import { Failure } from './components/common/failure.tsx';
import { Header } from './components/common/header.tsx';
import type { MORE_PAGES, Page, PageRoute } from './routes.ts';
import { asksSignIn, resume, settings, startLive } from './state/live.ts';
import { loadMorePages, morePages } from './state/more-pages.ts';
import { showPalette } from './state/palette.ts';
import { address, startRouter } from './state/router.ts';
import { useStore } from './state/store.ts';
import type { Catalogue } from './text/catalogue-id.ts';
import { proposeLanguage, useLanguage, useTexts } from './text/texts.ts';

/** The whole console: its frame, and the page that the address names. */
export const App = () => {
  const texts = useTexts();
  const language = useLanguage();
  const known = useStore(settings);
  const { route } = useStore(address);
  useEffect(startLive, []);
  useEffect(startRouter, []);
  useEffect(() => void loadMorePages(), []);
  useEffect(() => {
    if (known === undefined) return;
    proposeLanguage(known.language);
    showPalette(known.palette);
  }, [known]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    document.title = `${titleOf(route, texts)} – Klawing`;
  }, [route, texts]);
  const isLogin = useStore(asksSignIn);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {texts.skip}
      </a>
      <Header route={route} />
      <main id="main" tabIndex={-1}>
        {isLogin && route.page !== 'invitation' ? <SignInForm onDone={resume} /> : <CurrentPage route={route} />}
      </main>
      <footer>
        <span>{texts.zone}</span>
        <a href="/docs/">{texts.documentation}</a>
        {known !== undefined && <span>Klawing {known.version}</span>}
      </footer>
    </>
  );
};

const CurrentPage = ({ route }: { readonly route: PageRoute }) => {
  if (route.page === 'station') return <StationPage key={route.station} id={route.station} />;
  if (route.page === 'device') return <DevicePage key={route.device} id={route.device} />;
  if (route.page === 'invitation') return <InvitationPage key={route.code} code={route.code} />;
  return <ListedPage page={route.page} />;
};

const ListedPage = ({ page }: { readonly page: Page }) => {
  if (page === 'alerts') return <AlertsPage />;
  if (page === 'fleet') return <Fleet />;
  if (page === 'quarantine') return <QuarantinePage />;
  if (page === 'pipeline') return <Pipeline />;
  return page === 'overview' ? <Overview /> : <MorePage page={page} />;
};

/** A page whose file was asked for behind the first one. */
const MorePage = ({ page }: { readonly page: (typeof MORE_PAGES)[number] }) => {
  const texts = useTexts();
  const { pages, error } = useStore(morePages);
  const Loaded = pages[page];
  if (Loaded !== undefined) return <Loaded />;
  return (
    <>
      <h1>{texts.pages[page]}</h1>
      {error === undefined ? (
        <p class="note" data-remote="loading">
          {texts.loading}
        </p>
      ) : (
        <Failure error={error} again={() => void loadMorePages()} />
      )}
    </>
  );
};

/** The hash belongs to the pages, so the link moves the focus itself. */
const skip = (event: MouseEvent): void => {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
};

const titleOf = (route: PageRoute, texts: Catalogue): string => {
  if (route.page === 'station') return route.station;
  if (route.page === 'device') return route.device;
  return route.page === 'invitation' ? texts.people.joinTitle : texts.pages[route.page];
};
