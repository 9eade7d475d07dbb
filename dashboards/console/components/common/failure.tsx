import { useTexts } from '#dashboards/console/text/texts.ts';

/** An error message of the API with a button to try again. */
export const Failure = ({ error, again }: { readonly error: unknown; readonly again: () => void }) => {
  const texts = useTexts();
  return (
    <p class="note failure" role="alert">
      {texts.failed}: {error instanceof Error ? error.message : String(error)}{' '}
      <button type="button" onClick={again}>
        {texts.again}
      </button>
    </p>
  );
};
