import { useTexts } from '#dashboards/console/text/texts.ts';

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (next: string) => void;
}

export const SearchField = ({ value, onChange }: SearchFieldProps) => {
  const texts = useTexts();
  return (
    <label>
      {texts.table.search}{' '}
      <input type="search" value={value} autocomplete="off" onInput={(event) => onChange(event.currentTarget.value)} />
    </label>
  );
};

interface SelectFieldProps extends SearchFieldProps {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  /** Shown on a small screen only. */
  readonly isSmallOnly?: true;
}

export const SelectField = ({ label, options, isSmallOnly, value, onChange }: SelectFieldProps) => (
  <label class={isSmallOnly === true ? 'small-only' : undefined}>
    {label}
    <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map(({ value: each, text }) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
