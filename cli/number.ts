import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number; anything else is a mistake of usage. */
export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('it is not a number.');
  return value;
};
