import { useMemo, useState } from 'preact/hooks';
import type { Detail } from '#dashboards/console/api/types.ts';
import { Refusal } from '#dashboards/console/api/client.ts';
import { spanMs, type Stretch } from '#dashboards/console/chart/plan.ts';
import { SeriesChart } from '#dashboards/console/chart/series-chart.tsx';
import { AlertLine } from '#dashboards/console/parts/alert-line.tsx';
import { Badge, FlagBadge } from '#dashboards/console/parts/badge.tsx';
import { DeviceTable } from '#dashboards/console/parts/device-table.tsx';
import { Failure } from '#dashboards/console/parts/failure.tsx';
import { type Range, RangePicker, SPANS } from '#dashboards/console/parts/range-picker.tsx';
import { useDocument } from '#dashboards/console/parts/use-document.ts';
import { alerts as alertStore, stations as stationStore } from '#dashboards/console/state/live.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { firingAt, toneOf } from '#dashboards/console/state/tone.ts';
import { formatAge, formatTime, formatValue } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { ageOf, useNow, usePresent } from '#dashboards/console/time/age.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);

/** Everything about one station: newest values, series, devices. */
export const StationPage = ({ id }: { readonly id: string }) => {
  const texts = useTexts();
  const { data, error, again } = useDocument<Detail>(`/v1/stations/${encodeURIComponent(id)}`, REFRESH);
  const live = useStore(stationStore)?.find((station) => station.id === id);
  if (error instanceof Refusal && error.status === 404) return <p class="note">{texts.unknownStation}</p>;
  if (data === undefined)
    return error === undefined ? <p class="note">{texts.loading}</p> : <Failure error={error} again={again} />;
  return <StationView detail={live === undefined ? data : { ...data, ...live }} />;
};

const StationView = ({ detail }: { readonly detail: Detail }) => {
  const texts = useTexts();
  const language = useLanguage();
  const alerts = useStore(alertStore);
  const [range, setRange] = useState<Range>({ name: '24h' });
  const stretch = useStretch(range);
  const firing = firingAt(detail.id, alerts);
  const everyMs = Math.min(...detail.devices.map((device) => spanMs(device.every)), 60_000);
  const limits = new Map(detail.devices.map((device) => [device.id, device.silence_limit_seconds * 1_000]));
  return (
    <>
      <a class="back" href="#/">
        ← {texts.allStations}
      </a>
      <div class="title">
        <h1>{detail.name}</h1>
        <Badge tone={toneOf(detail, alerts)} />
        <p>
          {detail.family_title[language]} · {detail.id} · {detail.lat.toFixed(4)}, {detail.lon.toFixed(4)}
        </p>
      </div>
      {firing.length > 0 && (
        <ul class="plain alert-lines">
          {firing.map((alert) => (
            <AlertLine key={alert.id} alert={alert} isHere />
          ))}
        </ul>
      )}
      <Newest detail={detail} />
      <section aria-labelledby="series">
        <div class="section-head">
          <h2 id="series">{texts.series}</h2>
          <RangePicker range={range} onChange={setRange} />
        </div>
        <div class="charts">
          {stretch !== undefined &&
            inOrder(detail).map((property) => (
              <SeriesChart key={property.property} {...{ station: detail.id, property, stretch, everyMs, limits }} />
            ))}
        </div>
      </section>
      <section aria-labelledby="devices">
        <h2 id="devices">{texts.devices}</h2>
        <DeviceTable devices={detail.devices} />
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

/** A named range ends now, and moves on. Undefined until the service has told its time. */
const useStretch = (range: Range): Stretch | undefined => {
  const end = usePresent(REFRESH);
  return useMemo(() => {
    if (range.name === 'custom') return range.stretch;
    return end === undefined ? undefined : { from: end - SPANS[range.name].ms, to: end };
  }, [range, end]);
};

const Newest = ({ detail }: { readonly detail: Detail }) => {
  const texts = useTexts();
  const language = useLanguage();
  const at = useNow();
  const order = detail.properties.map(({ property }) => property);
  const values = detail.last.toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property));
  if (values.length === 0) return <p class="note">{texts.noValues}</p>;
  return (
    <section aria-labelledby="newest">
      <h2 id="newest">{texts.newest}</h2>
      <ul class="plain newest">
        {values.map((value) => (
          <li
            key={value.property}
            class={value.property === detail.headline ? 'card headline' : 'card'}
            data-value={value.property}
            title={formatTime(texts.locale, value.observed_at)}
          >
            <span class="what">{value.title[language]}</span>
            <b>{formatValue(texts.locale, value.value, value.decimals, value.unit_text)}</b>
            <span class="about">
              <FlagBadge flag={value.flag} /> {formatAge(texts.locale, ageOf(value.observed_at, at))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};
