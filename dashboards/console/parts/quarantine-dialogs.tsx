import { useState } from 'preact/hooks';
import { type Choice, discard, replay } from '#dashboards/console/api/operate.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { Dialog } from './dialog.tsx';
import { fieldsOf } from './form.ts';
import { useChange } from './use-change.tsx';

interface DialogProps {
  readonly choice: Choice;
  /** Told what it came to, in words. */
  readonly onDone: (words: string | undefined) => void;
  readonly onClose: () => void;
}

const NameField = () => {
  const { alert } = useTexts();
  return (
    <label>
      {alert.by} <small>({alert.optional})</small>
      <input name="by" maxLength={100} autocomplete="name" />
    </label>
  );
};

/** Runs refused packets again, with the clock of the device put right where that was the fault. */
export const ReplayDialog = ({ choice, onDone, onClose }: DialogProps) => {
  const { quarantine, cancel } = useTexts();
  const [taken, setTaken] = useState<number>();
  const changing = useChange(onClose);
  const run = async (shift: string, by: string): Promise<void> => {
    setTaken(0);
    const sums = await replay(choice, { shift, by }, (line) => setTaken(line.taken)).finally(() => setTaken(undefined));
    onDone(quarantine.done(sums.replayed, sums.refused_again, sums.stored));
  };
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    const [shift, by] = [field('shift'), field('by')];
    changing.ask(() => run(shift, by));
  };
  return (
    <Dialog title={quarantine.replayTitle} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p>{quarantine.replayAbout}</p>
        <label>
          {quarantine.shift}
          <input name="shift" placeholder="-7h" pattern="[+\-]?\d+(\.\d+)?(ms|s|min|m|h|d)" autocomplete="off" />
        </label>
        <p class="about">{quarantine.shiftHelp}</p>
        <NameField />
        {taken !== undefined && <p role="status">{quarantine.running(taken)}</p>}
        {changing.failed !== undefined && <p role="alert">{changing.failed}</p>}
        <div class="actions">
          <button type="submit" class="primary" disabled={taken !== undefined}>
            {quarantine.replay}
          </button>
          <button type="button" onClick={onClose}>
            {cancel}
          </button>
        </div>
      </form>
      {changing.dialog}
    </Dialog>
  );
};

/** Gives refused packets up, with the reason. */
export const DiscardDialog = ({ choice, onDone, onClose }: DialogProps) => {
  const { quarantine, alert, cancel } = useTexts();
  const changing = useChange(() => {
    onClose();
    onDone(undefined);
  });
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    const [reason, by] = [field('reason'), field('by')];
    changing.ask(() => discard(choice, reason, by));
  };
  return (
    <Dialog title={quarantine.discardTitle} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p>{quarantine.discardAbout}</p>
        <label>
          {alert.reason}
          <textarea name="reason" rows={3} minLength={3} maxLength={500} required placeholder={alert.reasonWanted} />
        </label>
        <NameField />
        {changing.failed !== undefined && <p role="alert">{changing.failed}</p>}
        <div class="actions">
          <button type="submit" class="primary">
            {quarantine.discard}
          </button>
          <button type="button" onClick={onClose}>
            {cancel}
          </button>
        </div>
      </form>
      {changing.dialog}
    </Dialog>
  );
};
