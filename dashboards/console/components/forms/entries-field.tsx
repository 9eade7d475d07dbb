import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { ChoiceField, TextField } from './fields.tsx';
import { entriesOf, numberOf } from './form.ts';
import type { Field } from './field.ts';

/** A value that a firmware takes. */
export type EntryValue = string | number | boolean;

interface EntryListProps<T> {
  /** The name of the list; the fields of an entry are `<name>.<number>.<field>`. */
  readonly name: string;
  readonly label: string;
  readonly value: Readonly<Record<string, T>>;
  readonly children: (entry: string, key: string, value: T | undefined) => ComponentChildren;
}

interface ListedEntry<T> {
  readonly id: number;
  readonly key: string;
  readonly of: T | undefined;
}

/** Named values of which there may be any number. */
const EntryList = <T,>({ name, label, value, children }: EntryListProps<T>) => {
  const { form } = useTexts();
  const [entries, setEntries] = useState<readonly ListedEntry<T>[]>(() =>
    Object.entries(value).map(([key, of], id) => ({ id, key, of })),
  );
  const [next, setNext] = useState(entries.length);
  const add = (): void => {
    setEntries([...entries, { id: next, key: '', of: undefined }]);
    setNext(next + 1);
  };
  return (
    <fieldset class="entries" data-entries={name}>
      <legend>{label}</legend>
      {entries.map(({ id, key, of }, i) => (
        <div key={id} class="entry" role="group" aria-label={`${label} ${i + 1}`}>
          {children(`${name}.${id}`, key, of)}
          <button
            type="button"
            aria-label={`${form.remove}: ${label} ${i + 1}`}
            onClick={() => setEntries(entries.filter((entry) => entry.id !== id))}
          >
            {form.remove}
          </button>
        </div>
      ))}
      <button type="button" onClick={add}>
        {form.add}
      </button>
    </fieldset>
  );
};

type EntryKind = 'number' | 'text' | 'boolean';
const KINDS = ['number', 'text', 'boolean'] as const satisfies readonly EntryKind[];

const kindOf = (value: EntryValue | undefined): EntryKind => {
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' ? 'text' : 'number';
};

interface ValuesFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: Readonly<Record<string, EntryValue>>;
}

/** Values of a firmware by their names: numbers, texts, yes or no. */
export const ValuesField = (props: ValuesFieldProps) => (
  <EntryList {...props}>{(entry, key, value) => <ValueEntry {...{ entry, value }} name={key} />}</EntryList>
);

interface ValueEntryProps {
  readonly entry: string;
  readonly name: string;
  readonly value: EntryValue | undefined;
}

const ValueEntry = ({ entry, name, value }: ValueEntryProps) => {
  const { form } = useTexts();
  const [kind, setKind] = useState<string>(kindOf(value));
  return (
    <>
      <TextField name={`${entry}.name`} label={form.name} value={name} />
      <ChoiceField name={`${entry}.kind`} label={form.kind} value={kind} onChange={setKind}>
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {form.kinds[each]}
          </option>
        ))}
      </ChoiceField>
      {kind === 'boolean' ? (
        <ChoiceField name={`${entry}.value`} label={form.value} value={String(value ?? true)}>
          <option value="true">{form.yes}</option>
          <option value="false">{form.no}</option>
        </ChoiceField>
      ) : (
        <TextField
          name={`${entry}.value`}
          label={form.value}
          value={value === undefined ? '' : String(value)}
          {...(kind === 'number' ? { inputMode: 'decimal' } : {})}
        />
      )}
    </>
  );
};

/** The values of the fields of `ValuesField`. */
export const valuesOf = (field: Field, list: string): Readonly<Record<string, EntryValue>> =>
  Object.fromEntries(
    entriesOf(field, list).map((entry) => {
      const [kind, text] = [field(`${entry}.kind`), field(`${entry}.value`)];
      const value = kind === 'boolean' ? text === 'true' : text;
      return [field(`${entry}.name`), kind === 'number' ? (numberOf(text) ?? text) : value];
    }),
  );

interface EntryLimits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

interface LimitsFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: Readonly<Record<string, EntryLimits>>;
}

/** The lowest and the highest value of properties. */
export const LimitsField = (props: LimitsFieldProps) => {
  const { column, form } = useTexts();
  const textOf = (value: number | undefined): string => (value === undefined ? '' : String(value));
  return (
    <EntryList {...props}>
      {(entry, key, limits) => (
        <>
          <TextField name={`${entry}.name`} label={column.property} value={key} placeholder="pm2_5" />
          <TextField name={`${entry}.min`} label={form.lowest} value={textOf(limits?.min)} inputMode="decimal" />
          <TextField name={`${entry}.max`} label={form.highest} value={textOf(limits?.max)} inputMode="decimal" />
        </>
      )}
    </EntryList>
  );
};

/** The values of the fields of `LimitsField`. */
export const limitsOf = (field: Field, list: string): Readonly<Record<string, { min?: number; max?: number }>> =>
  Object.fromEntries(
    entriesOf(field, list).map((entry) => {
      const [min, max] = [numberOf(field(`${entry}.min`)), numberOf(field(`${entry}.max`))];
      return [field(`${entry}.name`), { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }];
    }),
  );
