import { useEffect, useState } from 'preact/hooks';
import { sendCommand } from '#dashboards/console/api/device-control.ts';
import type { NewCommand } from '#dashboards/console/api/types.ts';
import { formatSpan } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ValuesField, valuesOf } from '#dashboards/console/components/forms/entries-field.tsx';
import { ChoiceField, TextField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { Review } from '#dashboards/console/components/forms/review.tsx';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

/** Commands that all firmware knows; others belong to one firmware. */
const NAMES = ['reboot', 'report', 'other'] as const;
type CommandName = (typeof NAMES)[number];
const SPANS = ['10m', '1h', '8h', '1d', '7d'];
/** The name of a command of one firmware is written in a field of its own. */
const FIELDS = { ...RULES.command, name: {}, word: RULES.command.name } as const;
const NO_ARGUMENTS: NonNullable<NewCommand['arguments']> = {};

interface CommandDialogProps {
  readonly device: string;
  /** Called with the name of the command that was given. */
  readonly onDone: (name: string) => void;
  readonly onClose: () => void;
}

/** Gives a device a command, which is looked at once more before it goes. */
export const CommandDialog = ({ device, onDone, onClose }: CommandDialogProps) => {
  const { deviceControl } = useTexts();
  const [command, setCommand] = useState<NewCommand>();
  const [isReviewed, setReviewed] = useState(false);
  const changing = useChange(() => {
    onClose();
    onDone(command?.name ?? '');
  });
  useEffect(() => {
    if (changing.failed !== undefined) setReviewed(false);
  }, [changing.failed]);
  const submit = (field: Field): void => {
    if (isReviewed && command !== undefined) return changing.ask(() => sendCommand(device, command));
    setCommand(commandOf(field));
    return setReviewed(true);
  };
  return (
    <FormDialog
      title={deviceControl.giveTitle(device)}
      action={isReviewed ? deviceControl.send : deviceControl.review}
      onSubmit={submit}
      onClose={onClose}
      rules={FIELDS}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      {isReviewed && command !== undefined ? (
        <Summary device={device} command={command} onBack={() => setReviewed(false)} />
      ) : (
        <Fields command={command} />
      )}
    </FormDialog>
  );
};

const commandOf = (field: Field): NewCommand => {
  const known = field('name');
  const name = known === 'other' ? field('word') : known;
  return { name, arguments: valuesOf(field, 'arguments'), within: field('within') };
};

const nameOf = (command: NewCommand | undefined): CommandName =>
  command === undefined ? 'reboot' : (NAMES.find((name) => name === command.name) ?? 'other');

const Fields = ({ command }: { readonly command: NewCommand | undefined }) => {
  const { deviceControl, locale } = useTexts();
  const [name, setName] = useState<string>(nameOf(command));
  return (
    <>
      <ChoiceField name="name" label={deviceControl.command} value={name} onChange={setName}>
        {NAMES.map((each) => (
          <option key={each} value={each}>
            {deviceControl.names[each]}
          </option>
        ))}
      </ChoiceField>
      {name === 'other' && (
        <TextField name="word" label={deviceControl.name} help={deviceControl.nameHelp} value={command?.name ?? ''} />
      )}
      <ValuesField name="arguments" label={deviceControl.arguments} value={command?.arguments ?? NO_ARGUMENTS} />
      <ChoiceField name="within" label={deviceControl.within}>
        {SPANS.map((span) => (
          <option key={span} value={span} selected={span === (command?.within ?? '10m')}>
            {formatSpan(locale, span)}
          </option>
        ))}
      </ChoiceField>
    </>
  );
};

interface SummaryProps {
  readonly device: string;
  readonly command: NewCommand;
  readonly onBack: () => void;
}

const Summary = ({ device, command, onBack }: SummaryProps) => {
  const { deviceControl, locale } = useTexts();
  return (
    <Review question={deviceControl.confirm(command.name, device)} onBack={onBack}>
      <pre aria-label={deviceControl.arguments}>{JSON.stringify(command.arguments)}</pre>
      <p class="about">
        {deviceControl.within}: {formatSpan(locale, command.within ?? '10m')}
      </p>
      {command.name === 'reboot' && <p>{deviceControl.rebootWarning}</p>}
    </Review>
  );
};
