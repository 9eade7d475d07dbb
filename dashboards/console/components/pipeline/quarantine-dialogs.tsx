import { useState } from 'preact/hooks';
import { type PacketSelection, discard, replay } from '#dashboards/console/api/operate.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { TextAreaField, TextField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

interface QuarantineDialogProps {
  readonly choice: PacketSelection;
  /** Called with the result as a text. */
  readonly onDone: (words: string | undefined) => void;
  readonly onClose: () => void;
}

interface ReplayDialogProps extends QuarantineDialogProps {
  /** The shift that the faults of the packets offer; empty without one. */
  readonly shift: string;
}

/** Replays refused packets, with corrected times where the clock of the device was wrong. */
export const ReplayDialog = ({ choice, shift: offered, onDone, onClose }: ReplayDialogProps) => {
  const { quarantine } = useTexts();
  const [taken, setTaken] = useState<number>();
  const changing = useChange(onClose);
  const run = async (shift: string): Promise<void> => {
    setTaken(0);
    const sums = await replay(choice, shift, (line) => setTaken(line.taken)).finally(() => setTaken(undefined));
    onDone(quarantine.done(sums.replayed, sums.refused_again, sums.stored));
  };
  const submit = (field: Field): void => changing.ask(() => run(field('shift')));
  return (
    <FormDialog
      title={quarantine.replayTitle}
      action={quarantine.replay}
      onSubmit={submit}
      onClose={onClose}
      rules={RULES.replay}
      failed={changing.failed}
      member={changing.member}
      isBusy={taken !== undefined}
      above={changing.dialog}
    >
      <p>{quarantine.replayAbout}</p>
      <TextField name="shift" label={quarantine.shift} help={quarantine.shiftHelp} value={offered} placeholder="-7h" />
      {taken !== undefined && <p role="status">{quarantine.running(taken)}</p>}
    </FormDialog>
  );
};

/** Discards refused packets, with a reason. */
export const DiscardDialog = ({ choice, onDone, onClose }: QuarantineDialogProps) => {
  const { quarantine, alert } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone(undefined);
  });
  const submit = (field: Field): void => changing.ask(() => discard(choice, field('reason')));
  return (
    <FormDialog
      title={quarantine.discardTitle}
      action={quarantine.discard}
      onSubmit={submit}
      onClose={onClose}
      rules={RULES.discard}
      failed={changing.failed}
      member={changing.member}
      above={changing.dialog}
    >
      <p>{quarantine.discardAbout}</p>
      <TextAreaField name="reason" label={alert.reason} placeholder={alert.reasonWanted} />
    </FormDialog>
  );
};
