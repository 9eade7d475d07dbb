import { useState } from 'preact/hooks';
import { sendCommand } from '#dashboards/console/api/device-control.ts';
import type { NewCommand } from '#dashboards/console/api/types.ts';
import { formatSpan } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import { type Field, objectOf } from '#dashboards/console/components/forms/form.ts';
import { Review } from '#dashboards/console/components/forms/review.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

/** Commands that all firmware knows; others belong to one firmware. */
const NAMES = ['reboot', 'report', 'other'] as const;
type CommandName = (typeof NAMES)[number];
const SPANS = ['10m', '1h', '8h', '1d', '7d'];
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
  const [wrong, setWrong] = useState<string>();
  const changing = useChange(() => {
    onClose();
    onDone(command?.name ?? '');
  });
  const submit = (field: Field): void => {
    if (isReviewed && command !== undefined) return changing.ask(() => sendCommand(device, command));
    const wanted = commandOf(field);
    setWrong(wanted === undefined ? deviceControl.notJson(deviceControl.arguments) : undefined);
    setCommand(wanted ?? command);
    return setReviewed(wanted !== undefined);
  };
  return (
    <FormDialog
      title={deviceControl.giveTitle(device)}
      action={isReviewed ? deviceControl.send : deviceControl.review}
      onSubmit={submit}
      onClose={onClose}
      failed={wrong ?? changing.failed}
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

/** The command of the fields; undefined where the arguments are not a JSON object. */
const commandOf = (field: Field): NewCommand | undefined => {
  const known = field('name');
  const given = objectOf(field('arguments'), NO_ARGUMENTS);
  if (given === undefined) return undefined;
  const name = known === 'other' ? field('word') : known;
  return { name, arguments: given, within: field('within') };
};

const nameOf = (command: NewCommand | undefined): CommandName =>
  command === undefined ? 'reboot' : (NAMES.find((name) => name === command.name) ?? 'other');

const Fields = ({ command }: { readonly command: NewCommand | undefined }) => {
  const { deviceControl, locale } = useTexts();
  const [name, setName] = useState<string>(nameOf(command));
  const given = command?.arguments ?? NO_ARGUMENTS;
  return (
    <>
      <label>
        {deviceControl.command}
        <select name="name" value={name} onChange={(event) => setName(event.currentTarget.value)}>
          {NAMES.map((each) => (
            <option key={each} value={each}>
              {deviceControl.names[each]}
            </option>
          ))}
        </select>
      </label>
      {name === 'other' && (
        <label>
          {deviceControl.name}
          <input
            name="word"
            required
            pattern="[a-z][a-z0-9_\-]{0,31}"
            title={deviceControl.nameHelp}
            defaultValue={command?.name ?? ''}
            autocomplete="off"
          />
          <small>{deviceControl.nameHelp}</small>
        </label>
      )}
      <ArgumentsField text={Object.keys(given).length === 0 ? '' : JSON.stringify(given)} />
      <label>
        {deviceControl.within}
        <select name="within">
          {SPANS.map((span) => (
            <option key={span} value={span} selected={span === (command?.within ?? '10m')}>
              {formatSpan(locale, span)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
};

const ArgumentsField = ({ text }: { readonly text: string }) => {
  const { alert, deviceControl } = useTexts();
  return (
    <label>
      {deviceControl.arguments} <small>({alert.optional})</small>
      <textarea name="arguments" rows={2} placeholder='{"seconds": 5}' spellcheck={false} defaultValue={text} />
    </label>
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
