import { useTexts } from '#dashboards/console/text/texts.ts';

/** Who does it, as they say. */
export const NameField = () => {
  const { alert } = useTexts();
  return (
    <label>
      {alert.by} <small>({alert.optional})</small>
      <input name="by" maxLength={100} autocomplete="name" />
    </label>
  );
};
