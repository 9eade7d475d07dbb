import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { liftSilence } from '#dashboards/console/api/operate.ts';
import type { Alert, Silence } from '#dashboards/console/api/types.ts';
import { AlertCard } from '#dashboards/console/components/alerts/alert-card.tsx';
import { EndedTable } from '#dashboards/console/components/alerts/ended-table.tsx';
import { AlertBadge } from '#dashboards/console/components/common/badge.tsx';
import { AlertsStatus } from '#dashboards/console/components/alerts/alerts-status.tsx';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import { ChangeButton, RoleNote } from '#dashboards/console/components/forms/change-button.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { type Document, useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ended, refreshAlerts } from '#dashboards/console/state/live.ts';
import { both, changed, dataOf, type Remote } from '#dashboards/console/state/remote.ts';
import { type AlertGroup, groupOutages } from '#dashboards/console/state/outages.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useStandingAlerts } from '#dashboards/console/state/use-states.ts';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);
const ENDED_PAGE = 100;
const ENDED_MOST = 1_000;

/** The page of firing, pending and ended alerts, and of silences. */
export const AlertsPage = () => {
  const texts = useTexts();
  const { standing, isFresh } = useStandingAlerts();
  const over = useEnded();
  const silences = useDocument<{ silences: Silence[] }>('/v1/silences', REFRESH);
  const done = (): void => {
    silences.again();
    void refreshAlerts().catch(() => undefined); // the next refresh or the stream brings it
  };
  const of = (state: Alert['state']): readonly Alert[] => standing.filter((alert) => alert.state === state);
  const none = (text: string): string | undefined => (isFresh && standing.length > 0 ? text : undefined);
  return (
    <>
      <h1>{texts.pages.alerts}</h1>
      <AlertsStatus />
      <RoleNote operation="acknowledgeAlert" />
      <Group title={texts.alert.firing} none={none(texts.alert.onlyPending)} alerts={of('firing')} onDone={done} />
      <Group title={texts.alert.pending} none={none(texts.alert.nonePending)} alerts={of('pending')} onDone={done} />
      <Silences silences={silences} onDone={done} />
      <Over over={over} />
    </>
  );
};

interface EndedAlerts {
  readonly remote: Remote<readonly Alert[]>;
  readonly again: () => void;
  /** Reads more; undefined where all are read. */
  readonly more: (() => void) | undefined;
}

/** The newest of those that are over, and of those that were closed although that could not be confirmed. */
const useEnded = (): EndedAlerts => {
  const count = useStore(ended);
  const [limit, setLimit] = useState(ENDED_PAGE);
  const path = (state: Alert['state']): string => `/v1/alerts?state=${state}&limit=${limit}`;
  const resolved = useDocument<{ alerts: Alert[] }>(path('resolved'), REFRESH, 'resolved');
  const closed = useDocument<{ alerts: Alert[] }>(path('closed'), REFRESH, 'closed');
  const again = (): void => {
    resolved.again();
    closed.again();
  };
  useEffect(() => {
    if (count > 0) again();
  }, [count]);
  const isFull = [resolved, closed].some(({ data }) => data?.alerts.length === limit);
  return {
    remote: both(resolved.remote, closed.remote, (a, b) => [...a.alerts, ...b.alerts].filter(hasFired)),
    again,
    more: isFull && limit < ENDED_MOST ? () => setLimit(Math.min(ENDED_MOST, limit * 2)) : undefined,
  };
};

/** Nobody was notified of an alert that never fired. */
const hasFired = ({ fired_at: firedAt }: Alert): boolean => firedAt !== null;

const Over = ({ over: { remote, again, more } }: { readonly over: EndedAlerts }) => {
  const texts = useTexts();
  return (
    <Section title={texts.alert.resolved} count={dataOf(remote)?.length ?? 0}>
      <LoadedList remote={remote} again={again} none={texts.alert.noneResolved}>
        {(alerts) => <EndedTable alerts={alerts} />}
      </LoadedList>
      {more !== undefined && (
        <button type="button" onClick={more}>
          {texts.quarantine.older}
        </button>
      )}
    </Section>
  );
};

interface SectionProps {
  readonly title: string;
  readonly count: number;
  readonly children: ComponentChildren;
}

const Section = ({ title, count, children }: SectionProps) => (
  <section aria-label={title}>
    <h2>
      {title} {count > 0 && <small>{count}</small>}
    </h2>
    {children}
  </section>
);

interface GroupProps {
  readonly title: string;
  /** The text where there are none; undefined where that is unknown. */
  readonly none: string | undefined;
  readonly alerts: readonly Alert[];
  readonly onDone: () => void;
}

const Group = ({ title, none, alerts, onDone }: GroupProps) => (
  <Section title={title} count={alerts.length}>
    {alerts.length === 0 && none !== undefined && <p class="note">{none}</p>}
    <Cards alerts={alerts} onDone={onDone} />
  </Section>
);

const Cards = ({ alerts, onDone }: Pick<GroupProps, 'alerts' | 'onDone'>) => (
  <ul class="plain alert-cards">
    {groupOutages(alerts).map(({ first, alerts: members }) =>
      members.length === 1 ? (
        <AlertCard key={first.id} alert={first} onDone={onDone} />
      ) : (
        <OutageCard key={first.rule} first={first} alerts={members} onDone={onDone} />
      ),
    )}
  </ul>
);

/** One outage, with the alert of each device behind it. */
const OutageCard = ({ first, alerts, onDone }: AlertGroup & Pick<GroupProps, 'onDone'>) => {
  const texts = useTexts();
  const language = useLanguage();
  return (
    <li class="card alert-card system" data-outage={first.rule} data-count={alerts.length}>
      <details>
        <summary>
          <AlertBadge alert={first} /> <strong>{first.title[language]}</strong> {texts.alert.outage(alerts.length)}
        </summary>
        <ul class="plain alert-cards">
          {alerts.map((alert) => (
            <AlertCard key={alert.id} alert={alert} onDone={onDone} />
          ))}
        </ul>
      </details>
    </li>
  );
};

interface SilencesProps {
  readonly silences: Document<{ silences: Silence[] }>;
  readonly onDone: () => void;
}

const Silences = ({ silences: { remote, again }, onDone }: SilencesProps) => {
  const texts = useTexts();
  return (
    <Section title={texts.alert.silences} count={0}>
      <LoadedList
        remote={changed(remote, (answer): readonly Silence[] => answer.silences)}
        again={again}
        none={texts.alert.noneSilences}
      >
        {(silences) => <SilenceTable silences={silences} onDone={onDone} />}
      </LoadedList>
    </Section>
  );
};

interface SilenceTableProps {
  readonly silences: readonly Silence[];
  readonly onDone: () => void;
}

const silenceColumns = ({ alert, column, locale }: Catalogue, onDone: () => void) => {
  const stationOf = ({ station }: Silence): string => station ?? alert.everything;
  const ruleOf = ({ rule }: Silence): string => rule ?? alert.everything;
  return [
    { name: 'station', title: column.station, key: stationOf, filter: stationOf, cell: stationOf },
    { name: 'rule', title: column.rule, key: ruleOf, filter: ruleOf, cell: ruleOf },
    { name: 'reason', title: column.reason, key: ({ reason }) => reason, cell: ({ reason }) => reason },
    { name: 'until', title: column.until, key: ({ until }) => until, cell: ({ until }) => formatTime(locale, until) },
    { name: 'lift', title: alert.lift, cell: (silence) => <LiftButton silence={silence} onDone={onDone} /> },
  ] satisfies readonly TableColumn<Silence>[];
};

const SilenceTable = ({ silences, onDone }: SilenceTableProps) => {
  const texts = useTexts();
  const columns = useMemo(() => silenceColumns(texts, onDone), [texts]);
  return (
    <DataTable
      name="silences"
      label={texts.alert.silences}
      rows={silences}
      columns={columns}
      order="until"
      idOf={({ id }) => String(id)}
      textOf={({ station, rule, reason }) => `${station ?? ''} ${rule ?? ''} ${reason}`}
      marksOf={({ id }) => ({ 'data-silence': id })}
    />
  );
};

const LiftButton = ({ silence, onDone }: { readonly silence: Silence; readonly onDone: () => void }) => {
  const texts = useTexts();
  const changing = useChange(onDone);
  return (
    <>
      <ChangeButton operation="removeSilence" onClick={() => changing.ask(() => liftSilence(silence))}>
        {texts.alert.lift}
      </ChangeButton>
      {changing.failed !== undefined && <span role="alert">{changing.failed}</span>}
      {changing.dialog}
    </>
  );
};
