/** Reads a field of a form by its name. */
export interface Field {
  (name: string): string;
  /** With the blanks around it, which belong to a password. */
  raw(name: string): string;
}

/** A text as a JSON object, an empty one as none; undefined where it is something else. */
export const objectOf = <T extends object>(text: string, empty: T): T | undefined => {
  if (text === '') return empty;
  try {
    const read = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : undefined;
  } catch {
    return undefined;
  }
};

/** The fields of a form that is sent, as texts without blanks around them; it is not sent by the browser. */
export const fieldsOf = (event: SubmitEvent): Field => {
  event.preventDefault();
  const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : new FormData();
  const raw = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.assign((name: string) => raw(name).trim(), { raw });
};
