import { Fault } from '#model/base/fault.ts';
import type { Occurrence, RepeatedNames } from './json-text.ts';
import type { DecodeOptions } from '#model/readings/codec.ts';
import type { Refusal } from '#model/readings/message.ts';

const MISSING_TEXTS: ReadonlySet<string> = new Set(['', 'nan', 'null', 'na', 'n/a', '-nan']);
const INFINITE_TEXT = /^[+-]?inf(?:inity)?$/i;
/** Blanks at both ends are ignored. Hexadecimal and grouped digits are not numbers here. */
const NUMBER_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const COMMA_TEXT = /^[+-]?(?:\d+,\d+|\d+)$/;
/** Longer texts are not looked into. */
const LONGEST_NUMBER = 64;

/** A number, null for missing, or undefined for a text that is neither. */
const readText = (given: string, { strict, decimalComma }: DecodeOptions): number | null | undefined => {
  if (given.length > LONGEST_NUMBER) return undefined;
  const text = given.trim();
  if (MISSING_TEXTS.has(text.toLowerCase())) return null;
  if (strict === true) return undefined;
  if (INFINITE_TEXT.test(text)) return null;
  if (!(decimalComma === true ? COMMA_TEXT : NUMBER_TEXT).test(text)) return undefined;
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) ? value : undefined;
};

/** The value of a member: a number, null for missing, undefined for what is neither; a truth is 1 or 0. */
export const readValue = (given: unknown, options: DecodeOptions): number | null | undefined => {
  if (typeof given === 'number') return Number.isFinite(given) ? given : undefined;
  if (given === null) return null;
  if (typeof given === 'boolean') return options.strict === true ? undefined : Number(given);
  return typeof given === 'string' ? readText(given, options) : undefined;
};

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A value as a message shows it: never long, and never walked into, for it may be nested deeper than the stack. */
export const shownValue = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(cut(value)) : String(value);
};

/** A name as a message shows it. */
export const shownName = (name: string): string => `"${cut(name.toWellFormed())}"`;

const adviceFor = (value: unknown, { strict, decimalComma }: DecodeOptions): string => {
  const text = typeof value === 'string' ? value.trim() : '';
  const [number, isShort] = [Number(text.replace(',', '.')), text !== '' && text.length <= LONGEST_NUMBER];
  if (isShort && NUMBER_TEXT.test(text.replace(',', '.')) && Number.isFinite(number)) {
    if (strict === true)
      return `send the bare number ${number}; texts are not read, because the device is registered as strict`;
    return decimalComma === true
      ? 'the device is registered with a decimal comma, so a point is not read; send the bare number'
      : `send the bare number ${number}, or register the device with a decimal comma`;
  }
  return 'send a finite number, or null where the value is missing';
};

export const explainValue = (name: string, value: unknown, options: DecodeOptions): Fault =>
  new Fault('VALUE_NOT_A_NUMBER', `${shownName(name)} is ${shownValue(value)}; ${adviceFor(value, options)}`);

/** Values of one name that a message shows. */
const SHOWN = 4;

const ADVICE = 'send each name once, or register which value counts ("klawing device set … --duplicate-names last")';

/** The fault of a name that has several values, with each value and its place. */
export const explainNameTwice = (name: string, places: readonly string[]): Fault => {
  const further = places.length > SHOWN ? ` and ${places.length - SHOWN} further` : '';
  return new Fault('NAME_TWICE', `${shownName(name)}: ${places.slice(0, SHOWN).join(', ')}${further}; ${ADVICE}`);
};

const placesOf = (occurrences: readonly Occurrence[]): readonly string[] =>
  occurrences.map(({ at, value }) => `${shownValue(value)} at character ${at}`);

/** The values of a name that has several in this object; undefined where it has one. */
export const repeatedIn = (
  repeated: RepeatedNames,
  members: object,
  name: string,
): readonly Occurrence[] | undefined => (repeated.size === 0 ? undefined : repeated.get(members)?.get(name));

export const refuseRepeated = (name: string, place: string, occurrences: readonly Occurrence[]): Refusal => ({
  place,
  fault: explainNameTwice(name, placesOf(occurrences)),
  readings: occurrences.length,
});
