import { useMemo } from 'preact/hooks';
import type { Alert } from '#dashboards/console/api/types.ts';
import { AlertBadge } from '#dashboards/console/components/common/badge.tsx';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { classOf } from '#dashboards/console/state/tone.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatTime, formatValue } from '#dashboards/console/text/format.ts';
import { type PageLanguage, useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { Acknowledged, Closed } from './alert-card.tsx';
import { placeOf } from './alert-line.tsx';

const SEVERITIES = ['extreme', 'severe', 'moderate', 'minor', 'system'];

const endOf = ({ resolved_at: resolvedAt, closed }: Alert): string => resolvedAt ?? closed?.at ?? '';
const beginOf = ({ fired_at: firedAt, since }: Alert): string => firedAt ?? since;

const columnsOf = ({ alert: words, column, locale, severity }: Catalogue, language: PageLanguage) =>
  [
    {
      name: 'alert',
      title: words.name,
      key: ({ title }) => title[language],
      cell: ({ title }) => title[language],
    },
    {
      name: 'severity',
      title: words.severity,
      key: (alert) => SEVERITIES.indexOf(classOf(alert)),
      filter: (alert) => severity[classOf(alert)],
      cell: (alert) => <AlertBadge alert={alert} />,
    },
    {
      name: 'station',
      title: column.station,
      key: (alert) => alert.station_name,
      filter: (alert) => alert.station_name,
      cell: (alert) => <a href={placeOf(alert)}>{alert.station_name}</a>,
    },
    { name: 'device', title: column.device, key: ({ device }) => device, cell: ({ device }) => device },
    {
      name: 'value',
      title: column.value,
      isNumber: true,
      key: ({ value }) => value,
      cell: (alert) =>
        alert.detail === null ? formatValue(locale, alert.value, 2, alert.unit_text) : alert.detail[language],
    },
    { name: 'began', title: column.since, key: beginOf, cell: (alert) => formatTime(locale, beginOf(alert)) },
    { name: 'ended', title: words.resolved, key: endOf, cell: (alert) => formatTime(locale, endOf(alert)) },
    {
      name: 'note',
      title: words.note,
      cell: (alert) => (
        <>
          <Closed alert={alert} />
          <Acknowledged alert={alert} />
        </>
      ),
    },
  ] satisfies readonly TableColumn<Alert>[];

/** Alerts that are over, the newest end first. */
export const EndedTable = ({ alerts }: { readonly alerts: readonly Alert[] }) => {
  const texts = useTexts();
  const language = useLanguage();
  const columns = useMemo(() => columnsOf(texts, language), [texts, language]);
  return (
    <DataTable
      name="ended"
      label={texts.alert.resolved}
      rows={alerts}
      columns={columns}
      order="-ended"
      idOf={({ id }) => String(id)}
      textOf={(alert) =>
        [alert.title[language], alert.station, alert.station_name, alert.device, alert.acknowledged?.by].join(' ')
      }
      marksOf={({ id, state }) => ({ 'data-alert': id, 'data-state': state })}
    />
  );
};
