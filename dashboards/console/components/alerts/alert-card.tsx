import { useState } from 'preact/hooks';
import { acknowledge } from '#dashboards/console/api/operate.ts';
import type { Alert } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useLanguage, useTexts } from '#dashboards/console/text/texts.ts';
import { AlertFacts, placeOf } from './alert-line.tsx';
import { classOf } from '#dashboards/console/state/tone.ts';
import { AlertBadge } from '#dashboards/console/components/common/badge.tsx';
import { ChangeButton } from '#dashboards/console/components/forms/change-button.tsx';
import { TextAreaField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { SilenceDialog } from './silence-dialog.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

interface AlertCardProps {
  readonly alert: Alert;
  /** Called after a change. */
  readonly onDone: () => void;
}

/** One alert with what people can do about it. */
export const AlertCard = ({ alert, onDone }: AlertCardProps) => {
  const texts = useTexts();
  const language = useLanguage();
  const [open, setOpen] = useState<'acknowledge' | 'silence'>();
  const close = (): void => setOpen(undefined);
  const isOver = alert.state === 'resolved' || alert.closed !== null;
  return (
    <li class={`card alert-card ${isOver ? 'over' : classOf(alert)}`} data-alert={alert.id} data-state={alert.state}>
      <div>
        <p class="what">
          <AlertBadge alert={alert} /> <strong>{alert.title[language]}</strong>{' '}
          <a href={placeOf(alert)}>{alert.station_name}</a>
        </p>
        <p>
          <AlertFacts alert={alert} /> <span class="about">{alert.device}</span>
        </p>
        <Closed alert={alert} />
        <Acknowledged alert={alert} />
      </div>
      {!isOver && (
        <div class="actions">
          {alert.state === 'firing' && alert.acknowledged === null && (
            <ChangeButton operation="acknowledgeAlert" isPrimary onClick={() => setOpen('acknowledge')}>
              {texts.alert.acknowledge}
            </ChangeButton>
          )}
          <ChangeButton operation="addSilence" onClick={() => setOpen('silence')}>
            {texts.alert.silence}
          </ChangeButton>
        </div>
      )}
      {open === 'acknowledge' && <AcknowledgeDialog alert={alert} onDone={onDone} onClose={close} />}
      {open === 'silence' && <SilenceDialog alert={alert} onDone={onDone} onClose={close} />}
    </li>
  );
};

/** That it ended although nothing measured that it is over, and why. */
export const Closed = ({ alert: { closed } }: { readonly alert: Alert }) => {
  const texts = useTexts();
  const language = useLanguage();
  if (closed === null) return null;
  const how = closed.reason === 'by-hand' ? texts.alert.endedByHand : texts.alert.unconfirmed;
  return (
    <p data-closed={closed.reason}>
      <strong>{how}</strong> · {formatTime(texts.locale, closed.at)} · {closed.why[language]}
    </p>
  );
};

export const Acknowledged = ({ alert: { acknowledged } }: { readonly alert: Alert }) => {
  const texts = useTexts();
  if (acknowledged === null) return null;
  const who = acknowledged.by ?? texts.alert.someone;
  return (
    <p class="about" data-acknowledged>
      ✓ {texts.alert.acknowledged(who, formatTime(texts.locale, acknowledged.at))}
      {acknowledged.note !== null && `: ${acknowledged.note}`}
    </p>
  );
};

interface AcknowledgeDialogProps extends AlertCardProps {
  readonly onClose: () => void;
}

const AcknowledgeDialog = ({ alert, onDone, onClose }: AcknowledgeDialogProps) => {
  const texts = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const submit = (field: Field): void => {
    changing.ask(() => acknowledge(alert, field('note')));
  };
  return (
    <FormDialog
      title={texts.alert.acknowledge}
      action={texts.alert.acknowledge}
      onSubmit={submit}
      onClose={onClose}
      rules={RULES.acknowledge}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      <TextAreaField name="note" label={texts.alert.note} />
    </FormDialog>
  );
};
