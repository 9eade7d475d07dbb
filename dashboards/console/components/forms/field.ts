/** Reads a field of a form by its name. */
export interface Field {
  (name: string): string;
  /** With the blanks around it, which belong to a password. */
  raw(name: string): string;
  /** The names of all fields. */
  names(): readonly string[];
}
