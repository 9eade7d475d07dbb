import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { type FormProblems, type FormRules, NO_PROBLEMS, ruleFor } from './check.ts';

/** The form around a field. */
interface FormState {
  readonly rules: FormRules;
  readonly problems: FormProblems;
}

export const FormContext = createContext<FormState>({ rules: {}, problems: NO_PROBLEMS });

interface ControlAttributes {
  readonly id: string;
  readonly name: string;
  readonly required: boolean;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string | undefined;
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
}

interface FieldBoxProps extends FieldProps {
  /** Not marked as one that may be empty. */
  readonly isChoice?: true;
  readonly children: (control: ControlAttributes) => ComponentChildren;
}

/** A field with its label, its help, and its message where its content is refused. */
const FieldBox = ({ name, label, help, isChoice, children }: FieldBoxProps) => {
  const { alert } = useTexts();
  const { rules, problems } = useContext(FormContext);
  const id = useId();
  const problem = problems.get(name);
  const isRequired = ruleFor(rules, name).isRequired === true;
  const about = [help === undefined ? [] : [`${id}-help`], problem === undefined ? [] : [`${id}-problem`]].flat();
  return (
    <div class="field">
      <label for={id}>
        {label} {!isRequired && isChoice !== true && <small>({alert.optional})</small>}
      </label>
      {children({
        id,
        name,
        required: isRequired,
        'aria-invalid': problem !== undefined,
        'aria-describedby': about.length === 0 ? undefined : about.join(' '),
      })}
      {help !== undefined && <small id={`${id}-help`}>{help}</small>}
      {problem !== undefined && (
        <p id={`${id}-problem`} class="problem" data-problem={name}>
          {problem}
        </p>
      )}
    </div>
  );
};

interface TextFieldProps extends FieldProps {
  readonly value?: string;
  readonly placeholder?: string;
  readonly inputMode?: 'decimal' | 'tel' | 'email';
}

export const TextField = ({ value = '', placeholder, inputMode, ...field }: TextFieldProps) => (
  <FieldBox {...field}>
    {(control) => (
      <input
        {...control}
        placeholder={placeholder}
        inputMode={inputMode}
        defaultValue={value}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    )}
  </FieldBox>
);

export const TextAreaField = ({ value = '', placeholder, ...field }: TextFieldProps) => (
  <FieldBox {...field}>
    {(control) => <textarea {...control} rows={3} placeholder={placeholder} defaultValue={value} />}
  </FieldBox>
);

interface ChoiceFieldProps extends FieldProps {
  readonly value?: string;
  readonly onChange?: (value: string) => void;
  /** Its options. */
  readonly children: ComponentChildren;
}

export const ChoiceField = ({ value, onChange, children, ...field }: ChoiceFieldProps) => (
  <FieldBox {...field} isChoice>
    {(control) => (
      <select {...control} value={value} onChange={(event) => onChange?.(event.currentTarget.value)}>
        {children}
      </select>
    )}
  </FieldBox>
);
