import type { ComponentChildren } from 'preact';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { Dialog } from './dialog.tsx';
import { type Field, fieldsOf } from './form.ts';

interface FormDialogProps {
  readonly title: string;
  /** On the button that sends the form. */
  readonly action: string;
  readonly onSubmit: (field: Field) => void;
  readonly onClose: () => void;
  /** Why it was not done; undefined while nothing went wrong. */
  readonly failed: string | undefined;
  readonly isBusy?: boolean;
  /** A dialog over this one. */
  readonly above?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A dialog that asks for something: its fields, what went wrong, and two buttons. */
export const FormDialog = ({ title, action, onSubmit, onClose, failed, isBusy, above, children }: FormDialogProps) => {
  const texts = useTexts();
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => onSubmit(fieldsOf(event))}>
        {children}
        {failed !== undefined && <p role="alert">{failed}</p>}
        <div class="actions">
          <button type="submit" class="primary" disabled={isBusy === true}>
            {action}
          </button>
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
        </div>
      </form>
      {above}
    </Dialog>
  );
};
