import { useEffect } from 'preact/hooks';
import { liftSilence } from '#dashboards/console/api/operate.ts';
import type { Alert, Silence } from '#dashboards/console/api/types.ts';
import { AlertCard } from '#dashboards/console/components/alerts/alert-card.tsx';
import { AlertsStatus } from '#dashboards/console/components/alerts/alerts-status.tsx';
import { Failure } from '#dashboards/console/components/common/failure.tsx';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';
import { type Document, useDocument } from '#dashboards/console/components/common/use-document.ts';
import { ended, refreshAlerts } from '#dashboards/console/state/live.ts';
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

/** The newest of those that are over, and of those that were closed although that could not be confirmed. */
const useEnded = (): Document<readonly Alert[]> => {
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
  const isRead = resolved.data !== undefined && closed.data !== undefined;
  const all = [...(resolved.data?.alerts ?? []), ...(closed.data?.alerts ?? [])];
  const newest = all
    .filter(({ fired_at: firedAt }) => firedAt !== null) // alerts that never fired are left out, because nobody was notified of them
    .toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : -1));
  return { data: isRead ? newest.slice(0, ENDED_SHOWN) : undefined, error: resolved.error ?? closed.error, again };
};

interface OverProps {
  readonly over: Document<readonly Alert[]>;
  readonly onDone: () => void;
}

const Over = ({ over: { data, error, again }, onDone }: OverProps) => {
  const texts = useTexts();
  return (
    <>
      <Group
        title={texts.alert.resolved}
        none={error === undefined && data !== undefined ? texts.alert.noneResolved : undefined}
        alerts={data ?? []}
        onDone={onDone}
      />
      {error !== undefined && <Failure error={error} again={again} />}
    </>
  );
};

interface GroupProps {
  readonly title: string;
  /** The text where there are none; undefined where that is unknown. */
  readonly none: string | undefined;
  readonly alerts: readonly Alert[];
  readonly onDone: () => void;
}

const Group = ({ title, none, alerts, onDone }: GroupProps) => (
  <section aria-label={title}>
    <h2>
      {title} {alerts.length > 0 && <small>{alerts.length}</small>}
    </h2>
    {alerts.length === 0 && none !== undefined && <p class="note">{none}</p>}
    <ul class="plain alert-cards">
      {alerts.map((alert) => (
        <AlertCard key={alert.id} alert={alert} onDone={onDone} />
      ))}
    </ul>
  </section>
);

interface SilencesProps {
  readonly silences: Document<{ silences: Silence[] }>;
  readonly onDone: () => void;
}

const Silences = ({ silences: { data, error, again }, onDone }: SilencesProps) => {
  const texts = useTexts();
  const { column } = texts;
  const silences = data?.silences ?? [];
  return (
    <section aria-label={texts.alert.silences}>
      <h2>{texts.alert.silences}</h2>
      {error !== undefined && <Failure error={error} again={again} />}
      {data?.silences.length === 0 && error === undefined && <p class="note">{texts.alert.noneSilences}</p>}
      {silences.length > 0 && (
        <TableFrame label={texts.alert.silences}>
          <table>
            <thead>
              <tr>
                {[column.station, column.rule, column.reason, column.until].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th scope="col">
                  <span class="hidden">{texts.alert.lift}</span>
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
      )}
    </section>
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
