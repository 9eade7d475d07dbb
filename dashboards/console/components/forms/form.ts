import type { Field } from './field.ts';

/** The fields of a form that is sent, as texts without blanks around them; it is not sent by the browser. */
export const fieldsOf = (event: SubmitEvent): Field => {
  event.preventDefault();
  const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : new FormData();
  const raw = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.assign((name: string) => raw(name).trim(), { raw, names: () => [...new Set(form.keys())] });
};

/** The numbers of the entries of a list, in their order. */
export const entriesOf = (field: Field, list: string): readonly string[] =>
  field.names().flatMap((name) => (name.startsWith(`${list}.`) && name.endsWith('.name') ? [name.slice(0, -5)] : []));

/** A number as people write it, with a comma or a point; undefined for an empty text. */
export const numberOf = (text: string): number | undefined =>
  text === '' ? undefined : Number(text.replace(',', '.'));
