import { InvalidArgumentError } from 'commander';

/** `key=value` as they were given, in order. */
export type Pairs = readonly (readonly [key: string, value: string])[];

/** Collects options of the form `key=value`. */
export const pair = (text: string, before: Pairs | undefined): Pairs => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as key=value.');
  return [...(before ?? []), [text.slice(0, at), text.slice(at + 1)]];
};

/** A number or a truth value where the text is one, else the text. */
export const orderValue = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
};
