import { silence } from '#dashboards/console/api/operate.ts';
import type { Alert } from '#dashboards/console/api/types.ts';
import { formatSpan } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ChoiceField, TextAreaField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

const DURATIONS = ['30m', '2h', '8h', '1d', '7d'];
const SCOPES = ['both', 'station', 'rule'] as const;

interface SilenceDialogProps {
  readonly alert: Alert;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Muting alerts for a time, with the reason. */
export const SilenceDialog = ({ alert, onDone, onClose }: SilenceDialogProps) => {
  const texts = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const submit = (field: Field): void => {
    const scope = field('scope');
    changing.ask(() =>
      silence({
        ...(scope === 'rule' ? {} : { station: alert.station }),
        ...(scope === 'station' ? {} : { rule: alert.rule }),
        for: field('for'),
        reason: field('reason'),
      }),
    );
  };
  return (
    <FormDialog
      title={texts.alert.silenceTitle}
      action={texts.alert.silence}
      onSubmit={submit}
      onClose={onClose}
      rules={RULES.silence}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      <ChoiceField name="scope" label={texts.alert.scope}>
        {SCOPES.map((scope) => (
          <option key={scope} value={scope}>
            {texts.alert.scopes[scope]}
          </option>
        ))}
      </ChoiceField>
      <ChoiceField name="for" label={texts.alert.forLabel}>
        {DURATIONS.map((span) => (
          <option key={span} value={span} selected={span === '2h'}>
            {formatSpan(texts.locale, span)}
          </option>
        ))}
      </ChoiceField>
      <TextAreaField name="reason" label={texts.alert.reason} placeholder={texts.alert.reasonWanted} />
    </FormDialog>
  );
};
