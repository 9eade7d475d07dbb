import { useRef, useState } from 'preact/hooks';
import type { Alert, Station } from '#dashboards/console/api/types.ts';
import { StationMap } from '#dashboards/console/map/station-map.tsx';
import { AlertLine, OutageLine } from '#dashboards/console/components/alerts/alert-line.tsx';
import { AlertsStatus } from '#dashboards/console/components/alerts/alerts-status.tsx';
import { LookBadge, SystemBadge } from '#dashboards/console/components/common/badge.tsx';
import { AboutValue, writeValue } from '#dashboards/console/components/common/shown-value.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { linkTo } from '#dashboards/console/routes.ts';
import { settings as settingsStore, stations as stationStore } from '#dashboards/console/state/live.ts';
import { SearchField } from '#dashboards/console/components/table/fields.tsx';
import { isFound } from '#dashboards/console/components/table/order.ts';
import { useVirtualRows } from '#dashboards/console/components/table/virtual-rows.ts';
import { useQueryText } from '#dashboards/console/state/router.ts';
import { isNone } from '#dashboards/console/state/remote.ts';
import { type AlertGroup, gravestGroups } from '#dashboards/console/state/outages.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { alertsAt, classOf, gravityOf, lookOf } from '#dashboards/console/state/tone.ts';
import { type KnownStates, useStandingAlerts, useStates } from '#dashboards/console/state/use-states.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';

/** The overview: counts, standing alerts, map and list. */
export const Overview = () => {
  const texts = useTexts();
  const known = useStore(stationStore);
  const states = useStates();
  const { standing } = useStandingAlerts();
  const settings = useStore(settingsStore);
  const [selected, select] = useState<string>();
  if (!('data' in known)) {
    return (
      <>
        <RemoteStatus remote={known} />
        <AlertsStatus />
      </>
    );
  }
  const stations = known.data;
  return (
    <>
      <h1 class="hidden">{texts.pages.overview}</h1>
      <Counts stations={stations} states={states} />
      <RemoteStatus remote={known} />
      {isNone(known) && <p class="note">{texts.noStations}</p>}
      <AlertsStatus />
      {standing.length > 0 && <Standing groups={gravestGroups(standing)} count={standing.length} />}
      <div class="overview">
        <StationMap stations={stations} states={states} settings={settings} selected={selected} />
        <StationList stations={stations} states={states} alerts={standing} select={select} />
      </div>
    </>
  );
};

/** Alerts that are named here; the map stays in sight. */
const SHOWN = 3;

interface StandingProps {
  readonly groups: readonly AlertGroup[];
  readonly count: number;
}

const Standing = ({ groups, count }: StandingProps) => {
  const texts = useTexts();
  return (
    <section aria-labelledby="standing">
      <h2 id="standing">
        {texts.pages.alerts}{' '}
        <small>
          <a href={linkTo({ page: 'alerts' })}>{texts.alert.all(count)}</a>
        </small>
      </h2>
      <ul class="plain alert-lines">
        {groups
          .slice(0, SHOWN)
          .map(({ first, alerts }) =>
            alerts.length === 1 ? (
              <AlertLine key={first.id} alert={first} />
            ) : (
              <OutageLine key={first.rule} first={first} alerts={alerts} />
            ),
          )}
      </ul>
    </section>
  );
};

interface StatesProps {
  readonly stations: readonly Station[];
  readonly states: KnownStates;
}

/** Counts that are not known to be of now are not given. */
const Counts = ({ stations, states }: StatesProps) => {
  const texts = useTexts();
  const { standing, isFresh } = useStandingAlerts();
  const devices = stations.flatMap((station) => station.devices.filter(({ revoked }) => !revoked));
  const ranks = states.all.map(({ hazard }) => hazard.rank ?? 0);
  const doubtful = states.all.filter(({ assurance }) => assurance === 'doubtful').length;
  const online = devices.filter(({ presence }) => presence === 'online').length;
  const silent = devices.filter((device) => device.silent).length;
  const known = (count: number, isKnown: boolean): string => (isKnown ? String(count) : texts.none);
  const above = ranks.filter((rank) => rank > 0).length;
  return (
    <dl class="counts">
      <Count name={texts.counts.above} value={known(above, states.isFresh)} tone={`rank-${Math.max(0, ...ranks)}`} />
      <Count name={texts.counts.alerts} value={known(standing.length, isFresh)} />
      <Count name={texts.counts.doubtful} value={known(doubtful, states.isFresh)} />
      <Count name={texts.counts.silent} value={known(silent, states.isFresh)} tone={silent > 0 ? 'system' : ''} />
      <Count
        name={texts.counts.online}
        value={states.isFresh ? `${online}/${devices.length}` : texts.none}
        tone={online < devices.length ? 'system' : ''}
      />
    </dl>
  );
};

interface CountProps {
  readonly name: string;
  readonly value: string;
  readonly tone?: string;
}

const Count = ({ name, value, tone = '' }: CountProps) => (
  <div class={`count-card ${tone}`}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

interface StationListProps extends StatesProps {
  readonly alerts: readonly Alert[];
  readonly select: (station: string | undefined) => void;
}

/** Height of a row of the list, px, for rows that are not drawn. */
const ROW_HEIGHT = 68;

const StationList = ({ stations: all, states, alerts, select }: StationListProps) => {
  const language = useLanguage();
  const texts = useTexts();
  const [search, setSearch] = useQueryText('q');
  const stations = search === '' ? all : all.filter(({ id, name }) => isFound(`${id} ${name}`, search));
  const gravity = ({ id }: Station): number => {
    const state = states.of(id);
    return gravityOf(state === undefined ? { tone: 'not-known' } : lookOf(state, states.isFresh));
  };
  return (
    <div class="station-list">
      <div class="filters">
        <SearchField value={search} onChange={setSearch} />
      </div>
      {[...Map.groupBy(stations, ({ family }) => family)].map(([family, members]) => (
        <section key={family} aria-labelledby={`family-${family}`}>
          <h2 id={`family-${family}`}>
            {members[0]?.family_title[language]} <small>{texts.stations(members.length)}</small>
          </h2>
          <StationRows stations={members.toSorted((a, b) => gravity(a) - gravity(b))} {...{ states, alerts, select }} />
        </section>
      ))}
    </div>
  );
};

const StationRows = ({ stations, states, alerts, select }: StationListProps) => {
  const frame = useRef<HTMLUListElement>(null);
  const keys = stations.map(({ id }) => id);
  const { from, to, above, below } = useVirtualRows(keys, ROW_HEIGHT, frame);
  return (
    <ul class="plain" ref={frame}>
      {above > 0 && <li class="space" style={{ height: `${above}px` }} />}
      {stations.slice(from, to).map((station) => (
        <StationRow key={station.id} {...{ station, states, select }} alerts={alertsAt(station.id, alerts)} />
      ))}
      {below > 0 && <li class="space" style={{ height: `${below}px` }} />}
    </ul>
  );
};

interface StationRowProps extends Pick<StationListProps, 'states' | 'alerts' | 'select'> {
  readonly station: Station;
}

const StationRow = ({ station, states, alerts, select }: StationRowProps) => {
  const texts = useTexts();
  const state = states.of(station.id);
  const [worst] = alerts;
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
        <span class="value" data-property={state?.value?.property}>
          {writeValue(state?.value, texts)}
        </span>
        <span>
          {state === undefined ? texts.loading : <LookBadge look={lookOf(state, states.isFresh)} />}
          {state !== undefined && <SystemBadge system={state.system} />}
        </span>
        <span class="age">{state !== undefined && <AboutValue value={state.value} />}</span>
        {worst !== undefined && (
          <span class="about">
            <AlertMark alert={worst} />
          </span>
        )}
      </a>
    </li>
  );
};

/** The alert of a station with the highest severity, beside its state: the state follows the value, the alert the notifications. */
const AlertMark = ({ alert }: { readonly alert: Alert }) => {
  const texts = useTexts();
  const language = useLanguage();
  const step = alert.state === 'pending' ? texts.alert.pending : texts.alert.firing;
  return (
    <span class={`badge ${classOf(alert)}`} data-standing={alert.state}>
      {alert.title[language]}: {step}
    </span>
  );
};
