import { useTexts } from '#dashboards/console/text/texts.ts';

/** The name of the person who makes a change. */
export const NameField = () => {
  const { alert } = useTexts();
  return (
    <label>
      {alert.by} <small>({alert.optional})</small>
      <input name="by" maxLength={100} autocomplete="name" />
    </label>
  );
};
