import { useState } from 'preact/hooks';
import { type PacketSelection, discard, replay } from '#dashboards/console/api/operate.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/form.ts';
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
      failed={changing.failed}
      isBusy={taken !== undefined}
      above={changing.dialog}
    >
      <p>{quarantine.replayAbout}</p>
      <label>
        {quarantine.shift}
        <input
          name="shift"
          defaultValue={offered}
          placeholder="-7h"
          pattern="[+\-]?\d+(\.\d+)?(ms|s|min|m|h|d)"
          autocomplete="off"
        />
      </label>
      <p class="about">{quarantine.shiftHelp}</p>
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
      failed={changing.failed}
      above={changing.dialog}
    >
      <p>{quarantine.discardAbout}</p>
      <label>
        {alert.reason}
        <textarea name="reason" rows={3} minLength={3} maxLength={500} required placeholder={alert.reasonWanted} />
      </label>
    </FormDialog>
  );
};
