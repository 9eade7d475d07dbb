import { useState } from 'preact/hooks';
import { keepToken, RefusedRequest } from '#dashboards/console/api/client.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { FormDialog } from './form-dialog.tsx';
import type { Field } from './form.ts';

/** A change by an operator that waits for the token. */
export type TokenChange = () => Promise<void>;

interface TokenDialogProps {
  readonly change: TokenChange;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks for the operator token and then does what was asked for. */
export const TokenDialog = ({ change, onDone, onClose }: TokenDialogProps) => {
  const texts = useTexts();
  const [wrong, setWrong] = useState<string>();
  const submit = async (field: Field): Promise<void> => {
    keepToken(field('token'));
    try {
      await change();
      onDone();
    } catch (error) {
      setWrong(isRefused(error) ? texts.operator.wrong : errorText(error, texts));
    }
  };
  return (
    <FormDialog
      title={texts.operator.title}
      action={texts.operator.confirm}
      onSubmit={(field) => void submit(field)}
      onClose={onClose}
      failed={wrong}
    >
      <p>{texts.operator.text}</p>
      <label>
        {texts.operator.label}
        <input name="token" type="password" autocomplete="current-password" required />
      </label>
    </FormDialog>
  );
};

export const isRefused = (error: unknown): boolean => error instanceof RefusedRequest && error.status === 401;
