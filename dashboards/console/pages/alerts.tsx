import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { liftSilence } from '#dashboards/console/api/operate.ts';
import type { Alert, Silence } from '#dashboards/console/api/types.ts';
import { AlertCard } from '#dashboards/console/components/alerts/alert-card.tsx';
import { AlertsStatus } from '#dashboards/console/components/alerts/alerts-status.tsx';
import { LoadedList } from '#dashboards/console/components/common/loaded.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { type Document, useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ended, refreshAlerts } from '#dashboards/console/state/live.ts';
import { both, changed, dataOf, type Remote } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useStandingAlerts } from '#dashboards/console/state/use-states.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);
/** Number of ended alerts that are shown, the newest first. */
const ENDED_SHOWN = 30;

const endOf = ({ resolved_at: resolvedAt, closed }: Alert): string => resolvedAt ?? closed?.at ?? '';

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
      <Group title={texts.alert.firing} none={none(texts.alert.onlyPending)} alerts={of('firing')} onDone={done} />
      <Group title={texts.alert.pending} none={none(texts.alert.nonePending)} alerts={of('pending')} onDone={done} />
      <Silences silences={silences} onDone={done} />
      <Over over={over} onDone={done} />
    </>
  );
};

interface EndedAlerts {
  readonly remote: Remote<readonly Alert[]>;
  readonly again: () => void;
}

/** The newest of those that are over, and of those that were closed although that could not be confirmed. */
const useEnded = (): EndedAlerts => {
  const count = useStore(ended);
  const path = (state: Alert['state']): string => `/v1/alerts?state=${state}&limit=${ENDED_SHOWN}`;
  const resolved = useDocument<{ alerts: Alert[] }>(path('resolved'), REFRESH);
  const closed = useDocument<{ alerts: Alert[] }>(path('closed'), REFRESH);
  const again = (): void => {
    resolved.again();
    closed.again();
  };
  useEffect(() => {
    if (count > 0) again();
  }, [count]);
  return { remote: both(resolved.remote, closed.remote, (a, b) => newestOf([...a.alerts, ...b.alerts])), again };
};

/** Alerts that never fired are left out, because nobody was notified of them. */
const newestOf = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts
    .filter(({ fired_at: firedAt }) => firedAt !== null)
    .toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : -1))
    .slice(0, ENDED_SHOWN);

interface OverProps {
  readonly over: EndedAlerts;
  readonly onDone: () => void;
}

const Over = ({ over: { remote, again }, onDone }: OverProps) => {
  const texts = useTexts();
  return (
    <Section title={texts.alert.resolved} count={dataOf(remote)?.length ?? 0}>
      <LoadedList remote={remote} again={again} none={texts.alert.noneResolved}>
        {(alerts) => <Cards alerts={alerts} onDone={onDone} />}
      </LoadedList>
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
    {alerts.map((alert) => (
      <AlertCard key={alert.id} alert={alert} onDone={onDone} />
    ))}
  </ul>
);

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

const SilenceTable = ({ silences, onDone }: SilenceTableProps) => {
  const { alert, column } = useTexts();
  return (
    <TableFrame label={alert.silences}>
      <table>
        <thead>
          <tr>
            {[column.station, column.rule, column.reason, column.until].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span class="hidden">{alert.lift}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {silences.map((silence) => (
            <SilenceRow key={silence.id} silence={silence} onDone={onDone} />
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
};

const SilenceRow = ({ silence, onDone }: { readonly silence: Silence; readonly onDone: () => void }) => {
  const texts = useTexts();
  const changing = useChange(onDone);
  const lift = (): void => changing.ask(() => liftSilence(silence));
  return (
    <tr data-silence={silence.id}>
      <td>{silence.station ?? texts.alert.everything}</td>
      <td>{silence.rule ?? texts.alert.everything}</td>
      <td>{silence.reason}</td>
      <td>{formatTime(texts.locale, silence.until)}</td>
      <td>
        <button type="button" onClick={lift}>
          {texts.alert.lift}
        </button>
        {changing.failed !== undefined && <span role="alert">{changing.failed}</span>}
        {changing.dialog}
      </td>
    </tr>
  );
};
