import ucum from '@lhncbc/ucum-lhc';

// the only file that knows the library

/** The longest code that is read; real ones have at most some twenty characters. */
const LONGEST = 64;

/** Printable ASCII without blanks: all that UCUM codes consist of. The library trims blanks, and prints a line at others. */
const CHARACTERS = /^[!-~]+$/;

/**
 * Units that the library knows and converts wrongly (7.1.10): 20 [degRe] becomes 93.3 Cel instead of 25, 10 %[slope]
 * becomes 0.1 deg instead of 5.7, a baud is inverted. They are codes, but are not converted.
 */
const NOT_CONVERTED = [
  '[degRe]',
  '%[slope]',
  "[p'diop]",
  '[diop]',
  '[mesh_i]',
  "[hp'_",
  'Bd',
  'bit_s',
  '[m/s2/Hz^(1/2)]',
];

/** Made when it is first needed: reading the tables takes about 20 ms and 12 MB, and some processes never ask. */
let utils: ReturnType<typeof ucum.UcumLhcUtils.getInstance> | undefined;
const library = () => (utils ??= ucum.UcumLhcUtils.getInstance());

// the grammar of UCUM 2.1, section 2.2, after brackets and annotations are reduced to one letter each
const BRACKETS = /\[(?:[\w'.]+|m\/s2\/Hz\^\(1\/2\))\]/g;
const ANNOTATION = /\{[^{}]*\}/g;
/** Stands for what is in parentheses; no unit has this character. */
const GROUP = '~';
const COMPONENT = `(?:(?:(?:10[*^]|[^\\d.()/{}+\\-[\\]~])+(?:[+-]?\\d+)?|\\d+)(?:\\{\\})?|\\{\\}|${GROUP})`;
const TERM = `/?${COMPONENT}(?:[./]${COMPONENT})*`;
const IN_PARENTHESES = new RegExp(`\\(${TERM}\\)`, 'g');
const WHOLE = new RegExp(`^${TERM}$`);

/** The library looks units up in plain objects, where it finds these names as well. */
const NAMES_OF_OBJECTS = Object.getOwnPropertyNames(Object.prototype);

/** True where a text is built like a code. The library fails, and prints a line, at some that are not. */
const isTerm = (code: string): boolean => {
  if (code.includes(GROUP) || NAMES_OF_OBJECTS.some((name) => code.includes(name))) return false;
  let rest = code.replaceAll(ANNOTATION, '{}').replaceAll(BRACKETS, 'u');
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replaceAll(IN_PARENTHESES, GROUP);
  }
  return WHOLE.test(rest);
};

/** True for a valid, case-sensitive UCUM code (UCUM 2.1). Names, synonyms and other spellings are not codes. */
export const isUcumCode = (code: string): boolean => {
  if (code.length > LONGEST || !CHARACTERS.test(code) || !isTerm(code)) return false;
  const { status, ucumCode } = library().validateUnitString(code);
  return status === 'valid' && ucumCode === code;
};

/**
 * One value in another unit, by the library.
 * @param from a valid code
 * @param to a valid code
 * @returns undefined where the dimensions differ, or the library is not trusted with one of the units
 */
export const convertByUcum = (value: number, from: string, to: string): number | undefined => {
  if (NOT_CONVERTED.some((unit) => from.includes(unit) || to.includes(unit))) return undefined;
  const { status, toVal } = library().convertUnitTo(from, value, to);
  return status === 'succeeded' && toVal !== null && !Number.isNaN(toVal) ? toVal : undefined;
};
