import type { Alert } from '#dashboards/console/api/types.ts';
import { linkTo } from '#dashboards/console/routes.ts';
import { formatNumber, formatTime, formatValue } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { Badge } from './badge.tsx';

interface AlertLineProps {
  readonly alert: Alert;
  /** On the page of its station, which is not named again. */
  readonly isHere?: boolean;
}

/** One alert in one line: what, where, how high, since when. */
export const AlertLine = ({ alert, isHere = false }: AlertLineProps) => {
  const language = useLanguage();
  return (
    <li class={`alert-line ${alert.severity}`} data-alert={alert.id} data-state={alert.state}>
      <Badge tone={alert.severity} />
      <strong>{alert.title[language]}</strong>
      {!isHere && <a href={linkTo({ page: 'station', station: alert.station })}>{alert.station_name}</a>}
      <AlertFacts alert={alert} />
    </li>
  );
};

/** Value, level, trend and time of an alert. */
export const AlertFacts = ({ alert }: { readonly alert: Alert }) => {
  const texts = useTexts();
  const value = formatValue(texts.locale, alert.value, 2, alert.unit_text);
  return (
    <span class="facts">
      <b>{value}</b> {texts.alert.trend[alert.trend]} · {texts.alert.level(formatNumber(texts.locale, alert.raise, 2))}{' '}
      · {texts.alert.since(formatTime(texts.locale, alert.fired_at ?? alert.since))}
      {alert.silenced && <em> · {texts.alert.silenced}</em>}
    </span>
  );
};
