import { useState } from 'preact/hooks';
import { keepToken, Refusal } from '#dashboards/console/api/client.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { Dialog } from './dialog.tsx';
import { fieldsOf } from './form.ts';

/** What an operator is about to do; it waits for the token. */
export type Change = () => Promise<void>;

interface TokenDialogProps {
  readonly change: Change;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks for the operator token and then does what was asked for. */
export const TokenDialog = ({ change, onDone, onClose }: TokenDialogProps) => {
  const texts = useTexts();
  const [wrong, setWrong] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    keepToken(fieldsOf(event)('token'));
    try {
      await change();
      onDone();
    } catch (error) {
      setWrong(isRefused(error) ? texts.operator.wrong : String(error));
    }
  };
  return (
    <Dialog title={texts.operator.title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{texts.operator.text}</p>
        <label>
          {texts.operator.label}
          <input name="token" type="password" autocomplete="current-password" required />
        </label>
        {wrong !== undefined && <p role="alert">{wrong}</p>}
        <div class="actions">
          <button type="submit" class="primary">
            {texts.operator.confirm}
          </button>
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
};

export const isRefused = (error: unknown): boolean => error instanceof Refusal && error.status === 401;
