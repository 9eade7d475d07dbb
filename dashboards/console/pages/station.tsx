import { useMemo } from 'preact/hooks';
import type { Detail, State } from '#dashboards/console/api/types.ts';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import { wantedOf } from '#dashboards/console/chart/compare.ts';
import { type Comparison, readComparisons, writeComparison } from '#dashboards/console/chart/comparison.ts';
import type { TimeRange } from '#dashboards/console/chart/plan.ts';
import { SeriesChart } from '#dashboards/console/chart/series-chart.tsx';
import { AlertLine } from '#dashboards/console/components/alerts/alert-line.tsx';
import { FlagBadge, LookBadge, SystemBadge } from '#dashboards/console/components/common/badge.tsx';
import { DeviceTable } from '#dashboards/console/components/devices/device-table.tsx';
import { PageNote } from '#dashboards/console/components/common/page-note.tsx';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { AboutValue, writeHealth, writeValue } from '#dashboards/console/components/common/shown-value.tsx';
import { type PickedRange, RangePicker, SPANS, useRange } from '#dashboards/console/components/forms/range-picker.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { stations as stationStore } from '#dashboards/console/state/live.ts';
import { dataOf } from '#dashboards/console/state/remote.ts';
import { useQueryText } from '#dashboards/console/state/router.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { alertsAt, lookOf } from '#dashboards/console/state/tone.ts';
import { useStandingAlerts, useStates } from '#dashboards/console/state/use-states.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { usePresent } from '#dashboards/console/time/age.ts';
import { seconds } from '#dashboards/console/time/clock.ts';
import { zoneOf } from '#dashboards/console/time/zone.ts';

const REFRESH = seconds(30);

/** Everything about one station: newest values, series, devices. */
export const StationPage = ({ id }: { readonly id: string }) => {
  const texts = useTexts();
  const { remote, data, error, again } = useDocument<Detail>(`/v1/stations/${encodeURIComponent(id)}`, REFRESH);
  const live = dataOf(useStore(stationStore))?.find((station) => station.id === id);
  if (error instanceof RefusedRequest && error.status === 404) {
    return <PageNote title={id} text={texts.unknownStation} />;
  }
  return (
    <>
      <RemoteStatus remote={remote} again={again} />
      {data !== undefined && <StationView detail={live === undefined ? data : { ...data, ...live }} />}
    </>
  );
};

const StationView = ({ detail }: { readonly detail: Detail }) => {
  const texts = useTexts();
  const language = useLanguage();
  const { of, isFresh } = useStates();
  const state = of(detail.id);
  const standing = alertsAt(detail.id, useStandingAlerts().standing);
  const [range, setRange] = useRange();
  const stretch = useStretch(range);
  const onZoom = (wanted: TimeRange): void => setRange({ name: 'custom', stretch: wanted });
  const [compared, setCompared] = useQueryText('compare');
  const comparing = {
    chosen: readComparisons(compared),
    onChange: (chosen: readonly Comparison[]) => setCompared(chosen.map(writeComparison).join(',')),
  };
  return (
    <>
      <a class="back" href="#/">
        ← {texts.allStations}
      </a>
      <div class="title">
        <h1>{detail.name}</h1>
        {state === undefined ? texts.loading : <LookBadge look={lookOf(state, isFresh)} />}
        {state !== undefined && <SystemBadge system={state.system} />}
        <p>
          {detail.family_title[language]} · {detail.id} · {detail.lat.toFixed(4)}, {detail.lon.toFixed(4)}
        </p>
      </div>
      {standing.length > 0 && (
        <ul class="plain alert-lines">
          {standing.map((alert) => (
            <AlertLine key={alert.id} alert={alert} isHere />
          ))}
        </ul>
      )}
      {state !== undefined && <Newest detail={detail} state={state} />}
      <section aria-labelledby="series">
        <div class="section-head">
          <h2 id="series">{texts.series}</h2>
          <RangePicker range={range} shown={stretch} zone={zoneOf(detail)} onChange={setRange} />
        </div>
        <div class="charts">
          {stretch !== undefined &&
            inOrder(detail).map((property) => (
              <SeriesChart
                key={property.property}
                {...wantedOf(detail, property, stretch)}
                onZoom={onZoom}
                {...(property.property === detail.headline ? { comparing } : {})}
              />
            ))}
        </div>
      </section>
      <section aria-labelledby="devices">
        <h2 id="devices">{texts.devices}</h2>
        <DeviceTable devices={detail.devices} />
        <Health detail={detail} />
      </section>
    </>
  );
};

/** The headline first, and what the station has never reported not at all. */
const inOrder = ({ properties, headline, last }: Detail): Detail['properties'] => {
  const known = properties.filter(({ property }) => last.some((value) => value.property === property));
  const first = known.filter(({ property }) => property === headline);
  return [...first, ...known.filter(({ property }) => property !== headline)];
};

/** A named range ends now, and moves on. Undefined until an answer has set the time. */
const useStretch = (range: PickedRange): TimeRange | undefined => {
  const end = usePresent(REFRESH);
  return useMemo(() => {
    if (range.name === 'custom') return range.stretch;
    return end === undefined ? undefined : { from: end - SPANS[range.name].ms, to: end };
  }, [range, end]);
};

/** The newest values of each device: a bin is not another one. */
const Newest = ({ detail, state }: { readonly detail: Detail; readonly state: State }) => {
  const texts = useTexts();
  const isAlone = state.devices.length === 1;
  if (state.devices.every(({ values }) => values.length === 0)) return <p class="note">{texts.noValues}</p>;
  return (
    <section aria-labelledby="newest">
      <h2 id="newest">{texts.newest}</h2>
      {state.devices.map((device) => (
        <DeviceValues key={device.device} {...{ device, isAlone }} headline={detail.headline} />
      ))}
    </section>
  );
};

interface DeviceValuesProps {
  readonly device: State['devices'][number];
  readonly headline: string;
  /** True for the only device of a station, which the heading of the page describes. */
  readonly isAlone: boolean;
}

const DeviceValues = ({ device, headline, isAlone }: DeviceValuesProps) => {
  const texts = useTexts();
  const language = useLanguage();
  const { isFresh } = useStates();
  const { state } = device.system;
  return (
    <div class="device-values" data-bin={device.device}>
      {!isAlone && (
        <h3>
          {device.device} <LookBadge look={lookOf(device, isFresh)} />
          <SystemBadge system={{ state, devices: 1, of: 1 }} />
        </h3>
      )}
      <ul class="plain newest">
        {device.values.map((value) => (
          <li
            key={value.property}
            class={value.property === headline ? 'card headline' : 'card'}
            data-value={value.property}
            title={formatTime(texts.locale, value.observed_at)}
          >
            <span class="what">{value.title[language]}</span>
            <b class={value.assurance}>{writeValue(value, texts)}</b>
            <span class="about">
              {value.reason === null && <FlagBadge flag={value.flag} />} <AboutValue value={value} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
};

/** Health values of the devices. */
const Health = ({ detail }: { readonly detail: Detail }) => {
  const texts = useTexts();
  const language = useLanguage();
  const shown = detail.devices.flatMap(({ id, health = [] }) => health.map((value) => ({ id, value })));
  if (shown.length === 0) return null;
  return (
    <ul class="plain newest">
      {shown.map(({ id, value }) => (
        <li key={`${id} ${value.property}`} class="card" data-health={value.property}>
          <span class="what">
            {value.title[language]} {detail.devices.length > 1 && <small>{id}</small>}
          </span>
          <b>{writeHealth(value, texts)}</b>
          <span class="about">
            <FlagBadge flag={value.flag} />
          </span>
        </li>
      ))}
    </ul>
  );
};
