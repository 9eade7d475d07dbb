import { useState } from 'preact/hooks';
import { call } from '#dashboards/console/api/client.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { minutes } from '#dashboards/console/time/clock.ts';

/** A year of every value takes its time. */
const EXPORT = minutes(10);

interface CsvButtonProps {
  readonly path: string;
  readonly name: string;
  readonly label?: string;
}

/** Saves an answer of the API as CSV. A plain link cannot send the Accept header. */
export const CsvButton = ({ path, name, label }: CsvButtonProps) => {
  const texts = useTexts();
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string>();
  const save = async (): Promise<void> => {
    setBusy(true);
    setFailed(undefined);
    try {
      const response = await call(path, { headers: { accept: 'text/csv' } }, EXPORT);
      const url = URL.createObjectURL(await response.blob());
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      URL.revokeObjectURL(url);
    } catch (error) {
      setFailed(errorText(error, texts));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class="quiet csv" disabled={isBusy} aria-label={label} onClick={() => void save()}>
        {label === undefined ? texts.csv : 'CSV'}
      </button>
      {failed !== undefined && <span role="alert">{failed}</span>}
    </>
  );
};
