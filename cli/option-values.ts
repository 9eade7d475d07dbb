import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number; any other text is a usage error. */
export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('it is not a number.');
  return value;
};

/** Options of the form `key=value`, in their order. */
export type Pairs = readonly (readonly [key: string, value: string])[];

/** Collects options of the form `key=value`. */
export const pair = (text: string, before: Pairs | undefined): Pairs => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as key=value.');
  return [...(before ?? []), [text.slice(0, at), text.slice(at + 1)]];
};

/** A number, true or false when the text is one; else the text. */
export const argumentValue = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
};
