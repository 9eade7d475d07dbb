import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { check, fieldOf, wantedOf, type FormProblems, type FormRules, NO_PROBLEMS } from './check.ts';
import { Dialog } from './dialog.tsx';
import { FormContext } from './fields.tsx';
import { fieldsOf } from './form.ts';
import type { Field } from './field.ts';

interface FormDialogProps {
  readonly title: string;
  /** On the button that sends the form. */
  readonly action: string;
  /** Rules of its fields; without them the browser checks the fields. */
  readonly rules?: FormRules;
  readonly onSubmit: (field: Field) => void;
  readonly onClose: () => void;
  /** Why it was not done; undefined while nothing went wrong. */
  readonly failed: string | undefined;
  /** The member of the body that the service refused. */
  readonly member?: string | undefined;
  readonly isBusy?: boolean;
  /** A dialog over this one. */
  readonly above?: ComponentChildren;
  readonly children: ComponentChildren;
}

const NO_RULES: FormRules = {};

/** A dialog that asks for something: its fields, what went wrong, and two buttons. */
export const FormDialog = (props: FormDialogProps) => {
  const { title, action, rules = NO_RULES, onSubmit, onClose, failed, member, isBusy, above, children } = props;
  const texts = useTexts();
  const form = useRef<HTMLFormElement>(null);
  const [problems, setProblems] = useState<FormProblems>(NO_PROBLEMS);
  const [sent, setSent] = useState<Field>();
  const refused =
    failed !== undefined && member !== undefined && sent !== undefined ? fieldOf(member, sent) : undefined;
  const shown =
    refused === undefined || failed === undefined
      ? problems
      : new Map([[refused, wantedOf(refused, texts.form) ?? failed]]);
  useEffect(() => {
    if (shown.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problems, refused, action]); // with another action it has other fields
  const submit = (event: SubmitEvent): void => {
    const field = fieldsOf(event);
    const found = check(field, rules, texts.form);
    setProblems(found);
    if (field.names().length > 0) setSent(() => field);
    if (found.size === 0) onSubmit(field);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" ref={form} noValidate={rules !== NO_RULES} onSubmit={submit}>
        <FormContext.Provider value={{ rules, problems: shown }}>{children}</FormContext.Provider>
        {failed !== undefined && refused === undefined && <p role="alert">{failed}</p>}
        {shown.size > 0 && <p role="alert">{texts.form.problems(shown.size)}</p>}
        <div class="actions">
          <button type="submit" class="primary" disabled={isBusy === true}>
            {action}
          </button>
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
        </div>
      </form>
      {above}
    </Dialog>
  );
};
