import { useEffect } from 'preact/hooks';
import { Overview } from './pages/overview.tsx';
import { AlertsPage } from './pages/alerts.tsx';
import { DevicePage } from './pages/device.tsx';
import { Fleet } from './pages/fleet.tsx';
import { Pipeline } from './pages/pipeline.tsx';
import { QuarantinePage } from './pages/quarantine.tsx';
import { StationPage } from './pages/station.tsx';
import { Login } from './components/forms/login.tsx';
import { Header } from './components/common/header.tsx';
import type { PageRoute } from './routes.ts';
import { connection, settings, startLive } from './state/live.ts';
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
  useEffect(() => {
    if (known !== undefined) proposeLanguage(known.language);
  }, [known]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    document.title = `${titleOf(route, texts)} – Klawing`;
  }, [route, texts]);
  const isLogin = useStore(connection) === 'login';
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {texts.skip}
      </a>
      <Header route={route} />
      <main id="main" tabIndex={-1}>
        {isLogin ? <Login /> : <CurrentPage route={route} />}
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
  if (route.page === 'alerts') return <AlertsPage />;
  if (route.page === 'fleet') return <Fleet />;
  if (route.page === 'quarantine') return <QuarantinePage />;
  return route.page === 'pipeline' ? <Pipeline /> : <Overview />;
};

/** The hash belongs to the pages, so the link moves the focus itself. */
const skip = (event: MouseEvent): void => {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
};

const titleOf = (route: PageRoute, texts: Catalogue): string => {
  if (route.page === 'station') return route.station;
  return route.page === 'device' ? route.device : texts.pages[route.page];
};
