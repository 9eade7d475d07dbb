import { FormDialog } from './form-dialog.tsx';
import { useChange } from './use-change.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** Name of the button that makes the change. */
  readonly action: string;
  /** Consequences of the change. */
  readonly text: string;
  readonly change: () => Promise<void>;
  /** Called after the change, when the dialog is closed. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks before a change that cannot be taken back. */
export const ConfirmDialog = ({ title, action, text, change, onDone, onClose }: ConfirmDialogProps) => {
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  return (
    <FormDialog
      title={title}
      action={action}
      onSubmit={() => changing.ask(change)}
      onClose={onClose}
      failed={changing.failed}
      above={changing.dialog}
    >
      <p>{text}</p>
    </FormDialog>
  );
};
