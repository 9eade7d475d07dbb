import type { Alert } from '#dashboards/console/api/types.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { formatNumber, formatTime, formatValue } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import type { AlertGroup } from '#dashboards/console/state/outages.ts';
import { classOf } from '#dashboards/console/state/tone.ts';
import { AlertBadge } from '#dashboards/console/components/common/badge.tsx';

interface AlertLineProps {
  readonly alert: Alert;
  /** On the page of its station, which is not named again. */
  readonly isHere?: boolean;
}

/** One alert in one line: what, where, how high, since when. */
export const AlertLine = ({ alert, isHere = false }: AlertLineProps) => {
  const texts = useTexts();
  const language = useLanguage();
  return (
    <li class={`alert-line ${classOf(alert)}`} data-alert={alert.id} data-state={alert.state}>
      <AlertBadge alert={alert} />
      <strong>{alert.title[language]}</strong>
      {!isHere && <a href={placeOf(alert)}>{alert.station_name}</a>}
      <AlertFacts alert={alert} />
      {alert.state === 'pending' && <em>{texts.alert.pending}</em>}
    </li>
  );
};

/** Many alerts of one outage in one line. */
export const OutageLine = ({ first, alerts }: AlertGroup) => {
  const texts = useTexts();
  const language = useLanguage();
  return (
    <li class="alert-line system" data-outage={first.rule} data-count={alerts.length}>
      <AlertBadge alert={first} />
      <strong>{first.title[language]}</strong>
      <a href={linkTo({ page: 'alerts' })}>{texts.alert.outage(alerts.length)}</a>
      <span class="facts">{texts.alert.since(formatTime(texts.locale, earliestOf(alerts)))}</span>
    </li>
  );
};

const earliestOf = (alerts: readonly Alert[]): string =>
  alerts.map(({ fired_at: firedAt, since }) => firedAt ?? since).reduce((one, other) => (one < other ? one : other));

/** The station of alerts about the service, its gateways and its channels; the name is reserved. */
const SERVICE = 'klawing';

/** The page about an alert: its station, or the pipeline for the service itself. */
export const placeOf = ({ station, detail }: Alert): string =>
  detail !== null && station === SERVICE ? linkTo({ page: 'pipeline' }) : linkTo({ page: 'station', station });

/** Value, level, trend and time of an alert; cause and time where the evidence is no reading. */
export const AlertFacts = ({ alert }: { readonly alert: Alert }) => {
  const texts = useTexts();
  const language = useLanguage();
  if (alert.detail !== null) {
    return (
      <span class="facts">
        {alert.detail[language]} · {texts.alert.since(formatTime(texts.locale, alert.fired_at ?? alert.since))}
        {alert.silenced && <em> · {texts.alert.silenced}</em>}
      </span>
    );
  }
  const value = formatValue(texts.locale, alert.value, 2, alert.unit_text);
  return (
    <span class="facts">
      <b>{value}</b> {texts.alert.trend[alert.trend]} · {texts.alert.level(formatNumber(texts.locale, alert.raise, 2))}{' '}
      · {texts.alert.since(formatTime(texts.locale, alert.fired_at ?? alert.since))}
      {alert.silenced && <em> · {texts.alert.silenced}</em>}
    </span>
  );
};
