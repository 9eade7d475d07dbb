import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface FailureProps {
  readonly error: unknown;
  readonly again: (() => void) | undefined;
}

/** An error message of the API with a button to try again. */
export const Failure = ({ error, again }: FailureProps) => {
  const texts = useTexts();
  return (
    <p class="note failure" role="alert">
      {texts.failed}: {errorText(error, texts)}{' '}
      {again !== undefined && (
        <button type="button" onClick={again}>
          {texts.again}
        </button>
      )}
    </p>
  );
};
