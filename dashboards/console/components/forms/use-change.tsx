import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { storedToken } from '#dashboards/console/api/client.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { type TokenChange, isRefused, TokenDialog } from './token-dialog.tsx';

export interface Changing {
  /** Does a change; asks for the operator token where none is known or the known one does not do. */
  readonly ask: (change: TokenChange) => void;
  /** The error message of the API. */
  readonly failed: string | undefined;
  /** To be drawn where the change is asked for. */
  readonly dialog: VNode | undefined;
}

/** Changing something, with the operator token asked for once a tab. */
export const useChange = (onDone: () => void): Changing => {
  const texts = useTexts();
  const [waiting, setWaiting] = useState<{ readonly change: TokenChange }>();
  const [failed, setFailed] = useState<string>();
  const attempt = async (change: TokenChange): Promise<void> => {
    setFailed(undefined);
    try {
      await change();
      onDone();
    } catch (error) {
      if (isRefused(error)) setWaiting({ change });
      else setFailed(errorText(error, texts));
    }
  };
  const done = (): void => {
    setWaiting(undefined);
    onDone();
  };
  return {
    ask: (change) => {
      if (storedToken() === undefined) setWaiting({ change });
      else void attempt(change);
    },
    failed,
    dialog: waiting && <TokenDialog change={waiting.change} onDone={done} onClose={() => setWaiting(undefined)} />,
  };
};
