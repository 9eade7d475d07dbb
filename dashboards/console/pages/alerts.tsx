import { liftSilence } from '#dashboards/console/api/operate.ts';
import type { Alert, Silence } from '#dashboards/console/api/types.ts';
import { AlertCard } from '#dashboards/console/parts/alert-card.tsx';
import { TableFrame } from '#dashboards/console/parts/table-frame.tsx';
import { useChange } from '#dashboards/console/parts/use-change.tsx';
import { useDocument } from '#dashboards/console/parts/use-document.ts';
import { alerts as alertStore, refreshAlerts } from '#dashboards/console/state/live.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { bySeverity } from '#dashboards/console/state/tone.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(30);
/** Of those that are over, the newest. */
const RESOLVED_SHOWN = 30;

const endOf = ({ resolved_at: resolvedAt, closed }: Alert): string => resolvedAt ?? closed?.at ?? '';

/** What fires, what waits, what has ended, and what a person has muted. */
export const AlertsPage = () => {
  const texts = useTexts();
  const alerts = useStore(alertStore);
  const silences = useDocument<{ silences: Silence[] }>('/v1/silences', REFRESH);
  const done = (): void => {
    silences.again();
    void refreshAlerts().catch(() => undefined); // the next refresh or the stream brings it
  };
  const of = (state: Alert['state']): readonly Alert[] => alerts.filter((alert) => alert.state === state);
  const ended = [...of('resolved'), ...of('closed')]
    .filter(({ fired_at: firedAt }) => firedAt !== null) // what never fired was told to nobody
    .toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : -1));
  return (
    <>
      <h1>{texts.pages.alerts}</h1>
      <Group title={texts.alert.firing} none={texts.alert.noneFiring} alerts={bySeverity(of('firing'))} onDone={done} />
      <Group title={texts.alert.pending} none={texts.alert.nonePending} alerts={of('pending')} onDone={done} />
      <Silences silences={silences.data?.silences ?? []} onDone={done} />
      <Group
        title={texts.alert.resolved}
        none={texts.alert.noneResolved}
        alerts={ended.slice(0, RESOLVED_SHOWN)}
        onDone={done}
      />
    </>
  );
};

interface GroupProps {
  readonly title: string;
  readonly none: string;
  readonly alerts: readonly Alert[];
  readonly onDone: () => void;
}

const Group = ({ title, none, alerts, onDone }: GroupProps) => (
  <section aria-label={title}>
    <h2>
      {title} {alerts.length > 0 && <small>{alerts.length}</small>}
    </h2>
    {alerts.length === 0 && <p class="note">{none}</p>}
    <ul class="plain alert-cards">
      {alerts.map((alert) => (
        <AlertCard key={alert.id} alert={alert} onDone={onDone} />
      ))}
    </ul>
  </section>
);

const Silences = ({ silences, onDone }: { readonly silences: readonly Silence[]; readonly onDone: () => void }) => {
  const texts = useTexts();
  const { column } = texts;
  return (
    <section aria-label={texts.alert.silences}>
      <h2>{texts.alert.silences}</h2>
      {silences.length === 0 && <p class="note">{texts.alert.noneSilences}</p>}
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
