import { useState } from 'preact/hooks';
import type { Alert, Station } from '#dashboards/console/api/types.ts';
import { StationMap } from '#dashboards/console/map/station-map.tsx';
import { AlertLine } from '#dashboards/console/parts/alert-line.tsx';
import { Badge } from '#dashboards/console/parts/badge.tsx';
import { linkTo } from '#dashboards/console/routes.ts';
import {
  alerts as alertStore,
  settings as settingsStore,
  stations as stationStore,
} from '#dashboards/console/state/live.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { gravestFiring, headlineOf, toneOf } from '#dashboards/console/state/tone.ts';
import { formatAge, formatValue } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow } from '#dashboards/console/time/age.ts';

/** Where everything stands: counts, firing alerts, map and list. */
export const Overview = () => {
  const texts = useTexts();
  const stations = useStore(stationStore);
  const alerts = useStore(alertStore);
  const settings = useStore(settingsStore);
  const [selected, select] = useState<string>();
  if (stations === undefined) return <p class="note">{texts.loading}</p>;
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  return (
    <>
      <h1 class="hidden">{texts.pages.overview}</h1>
      <Counts stations={stations} firing={firing} />
      {stations.length === 0 && <p class="note">{texts.noStations}</p>}
      {firing > 0 && <Firing alerts={gravestFiring(alerts)} count={firing} />}
      <div class="overview">
        <StationMap stations={stations} alerts={alerts} settings={settings} selected={selected} />
        <StationList stations={stations} alerts={alerts} select={select} />
      </div>
    </>
  );
};

/** Alerts that are named here; the map stays in sight. */
const FIRING_SHOWN = 3;

const Firing = ({ alerts, count }: { readonly alerts: readonly Alert[]; readonly count: number }) => {
  const texts = useTexts();
  return (
    <section aria-labelledby="firing">
      <h2 id="firing">
        {texts.alert.active}{' '}
        <small>
          <a href={linkTo({ page: 'alerts' })}>{texts.alert.all(count)}</a>
        </small>
      </h2>
      <ul class="plain alert-lines">
        {alerts.slice(0, FIRING_SHOWN).map((alert) => (
          <AlertLine key={alert.id} alert={alert} />
        ))}
      </ul>
    </section>
  );
};

const Counts = ({ stations, firing }: { readonly stations: readonly Station[]; readonly firing: number }) => {
  const texts = useTexts();
  const devices = stations.flatMap((station) => station.devices.filter(({ revoked }) => !revoked));
  const doubtful = stations.filter((station) => {
    const headline = headlineOf(station);
    return headline !== undefined && headline.flag >= 3;
  });
  const online = devices.filter(({ presence }) => presence === 'online').length;
  const silent = devices.filter((device) => device.silent).length;
  return (
    <dl class="counts">
      <Count name={texts.counts.firing} value={String(firing)} tone={firing > 0 ? 'severe' : 'good'} />
      <Count name={texts.counts.silent} value={String(silent)} tone={silent > 0 ? 'suspect' : 'good'} />
      <Count
        name={texts.counts.doubtful}
        value={String(doubtful.length)}
        tone={doubtful.length > 0 ? 'suspect' : 'good'}
      />
      <Count name={texts.counts.online} value={`${online}/${devices.length}`} tone="good" />
      <Count name={texts.counts.stations} value={String(stations.length)} tone="good" />
    </dl>
  );
};

const Count = ({ name, value, tone }: { readonly name: string; readonly value: string; readonly tone: string }) => (
  <div class={`count-card ${tone}`}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

interface StationListProps {
  readonly stations: readonly Station[];
  readonly alerts: readonly Alert[];
  readonly select: (station: string | undefined) => void;
}

const StationList = ({ stations, alerts, select }: StationListProps) => {
  const language = useLanguage();
  const texts = useTexts();
  return (
    <div class="station-list">
      {[...Map.groupBy(stations, ({ family }) => family)].map(([family, members]) => (
        <section key={family} aria-labelledby={`family-${family}`}>
          <h2 id={`family-${family}`}>
            {members[0]?.family_title[language]} <small>{texts.stations(members.length)}</small>
          </h2>
          <ul class="plain">
            {members.map((station) => (
              <StationRow key={station.id} station={station} alerts={alerts} select={select} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
};

interface StationRowProps extends Pick<StationListProps, 'alerts' | 'select'> {
  readonly station: Station;
}

const StationRow = ({ station, alerts, select }: StationRowProps) => {
  const texts = useTexts();
  const now = useNow();
  const tone = toneOf(station, alerts);
  const headline = headlineOf(station);
  return (
    <li
      data-station={station.id}
      onMouseEnter={() => select(station.id)}
      onMouseLeave={() => select(undefined)}
      onFocusCapture={() => select(station.id)}
      onBlurCapture={() => select(undefined)}
    >
      <a class="station-row" href={linkTo({ page: 'station', station: station.id })}>
        <span class="name">{station.name}</span>
        <span class="value" data-property={station.headline}>
          {headline === undefined
            ? texts.none
            : formatValue(texts.locale, headline.value, headline.decimals, headline.unit_text)}
        </span>
        <Badge tone={tone} />
        <span class="age">
          {headline === undefined ? texts.noValues : formatAge(texts.locale, ageOf(headline.observed_at, now))}
        </span>
      </a>
    </li>
  );
};
