import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { RefusedRequest } from '#dashboards/console/api/client.ts';
import { session } from '#dashboards/console/state/session.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { SignInDialog } from './sign-in.tsx';

/** A change that a person makes. */
type PersonalChange = () => Promise<void>;

interface Changing {
  /** Makes a change; asks the person to sign in where nobody is signed in, or the session has ended. */
  readonly ask: (change: PersonalChange) => void;
  /** The error message of the API. */
  readonly failed: string | undefined;
  /** The member of the body that the API refused. */
  readonly member: string | undefined;
  /** To be drawn where the change is asked for. */
  readonly dialog: VNode | undefined;
}

const isRefused = (error: unknown): boolean => error instanceof RefusedRequest && error.status === 401;

/** Changing something, in the name of the person who is signed in. */
export const useChange = (onDone: () => void): Changing => {
  const texts = useTexts();
  const [waiting, setWaiting] = useState<{ readonly change: PersonalChange }>();
  const [failed, setFailed] = useState<string>();
  const [member, setMember] = useState<string>();
  const attempt = async (change: PersonalChange): Promise<void> => {
    setFailed(undefined);
    setMember(undefined);
    try {
      await change();
      onDone();
    } catch (error) {
      if (isRefused(error)) setWaiting({ change });
      else {
        setMember(error instanceof RefusedRequest ? error.member : undefined);
        setFailed(errorText(error, texts));
      }
    }
  };
  const signedIn = (change: PersonalChange): void => {
    setWaiting(undefined);
    void attempt(change);
  };
  return {
    ask: (change) => {
      if (session.get()?.person === null) setWaiting({ change });
      else void attempt(change);
    },
    failed,
    member,
    dialog: waiting && <SignInDialog onDone={() => signedIn(waiting.change)} onClose={() => setWaiting(undefined)} />,
  };
};
