import { useState } from 'preact/hooks';
import { giveCommand } from '#dashboards/console/api/device-control.ts';
import type { NewCommand } from '#dashboards/console/api/types.ts';
import { formatSpan } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import { type Field, objectOf } from '#dashboards/console/components/forms/form.ts';
import { NameField } from '#dashboards/console/components/forms/name-field.tsx';
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
  const [order, setOrder] = useState<NewCommand>();
  const [isReviewed, setReviewed] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const changing = useChange(() => {
    onClose();
    onDone(order?.name ?? '');
  });
  const submit = (field: Field): void => {
    if (isReviewed && order !== undefined) return changing.ask(() => giveCommand(device, order));
    const wanted = orderOf(field);
    setWrong(wanted === undefined ? deviceControl.notJson(deviceControl.arguments) : undefined);
    setOrder(wanted ?? order);
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
      {isReviewed && order !== undefined ? (
        <Summary device={device} order={order} onBack={() => setReviewed(false)} />
      ) : (
        <Fields order={order} />
      )}
    </FormDialog>
  );
};

/** The command of the fields; undefined where the arguments are not a JSON object. */
const orderOf = (field: Field): NewCommand | undefined => {
  const known = field('name');
  const given = objectOf(field('arguments'), NO_ARGUMENTS);
  const by = field('by');
  if (given === undefined) return undefined;
  const name = known === 'other' ? field('word') : known;
  return { name, arguments: given, within: field('within'), ...(by === '' ? {} : { by }) };
};

const nameOf = (order: NewCommand | undefined): CommandName =>
  order === undefined ? 'reboot' : (NAMES.find((name) => name === order.name) ?? 'other');

const Fields = ({ order }: { readonly order: NewCommand | undefined }) => {
  const { deviceControl, locale } = useTexts();
  const [name, setName] = useState<string>(nameOf(order));
  const given = order?.arguments ?? NO_ARGUMENTS;
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
            defaultValue={order?.name ?? ''}
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
            <option key={span} value={span} selected={span === (order?.within ?? '10m')}>
              {formatSpan(locale, span)}
            </option>
          ))}
        </select>
      </label>
      <NameField />
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
  readonly order: NewCommand;
  readonly onBack: () => void;
}

const Summary = ({ device, order, onBack }: SummaryProps) => {
  const { deviceControl, locale } = useTexts();
  return (
    <Review question={deviceControl.confirm(order.name, device)} onBack={onBack}>
      <pre aria-label={deviceControl.arguments}>{JSON.stringify(order.arguments)}</pre>
      <p class="about">
        {deviceControl.within}: {formatSpan(locale, order.within ?? '10m')}
      </p>
      {order.name === 'reboot' && <p>{deviceControl.rebootWarning}</p>}
    </Review>
  );
};
