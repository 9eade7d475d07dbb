import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import type { Field } from './field.ts';

/** Everything that a schema says about one field. */
export interface FieldRule {
  readonly isRequired?: true;
  readonly isNumber?: true;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** Rules by the names of the fields. */
export type FormRules = Readonly<Record<string, FieldRule>>;
/** Messages by the names of the fields. */
export type FormProblems = ReadonlyMap<string, string>;

export const NO_PROBLEMS: FormProblems = new Map();

/** The rule of a field; the number of an entry is not part of its name there. */
export const ruleFor = (rules: FormRules, name: string): FieldRule => rules[name.replace(/\.\d+\./, '.')] ?? {};

const isEntry = (name: string): boolean => /\.\d+\.name$/.test(name);

/** The form that the content of a field has; undefined where it has none of its own. */
export const wantedOf = (name: string, { wanted }: Catalogue['form']): string | undefined =>
  new Map(Object.entries(wanted)).get(isEntry(name) ? 'word' : name);

const numberProblem = (text: string, { minimum, maximum }: FieldRule, words: Catalogue['form']): string | undefined => {
  const value = Number(text.replace(',', '.'));
  if (!Number.isFinite(value)) return words.notNumber;
  if (minimum !== undefined && value < minimum) return words.below(minimum);
  return maximum !== undefined && value > maximum ? words.above(maximum) : undefined;
};

const problemOf = (name: string, text: string, rule: FieldRule, words: Catalogue['form']): string | undefined => {
  const { isRequired, isNumber, minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = rule;
  if (text === '') return isRequired === true ? words.required : undefined;
  if (isNumber === true) return numberProblem(text, rule, words);
  if (text.length < minLength) return words.tooShort(minLength);
  if (text.length > maxLength) return words.tooLong(maxLength);
  if (pattern === undefined || new RegExp(pattern, 'u').test(text)) return undefined;
  return wantedOf(name, words) ?? words.badCharacters;
};

/** An entry whose kind is a number has a number as its value. */
const withKind = (name: string, rule: FieldRule, field: Field): FieldRule =>
  name.endsWith('.value') && field(name.replace(/value$/, 'kind')) === 'number' ? { ...rule, isNumber: true } : rule;

/** The problems of the fields of a form; an entry whose name was given before is one. */
export const check = (field: Field, rules: FormRules, words: Catalogue['form']): FormProblems => {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of field.names()) {
    const text = field(name);
    const problem = problemOf(name, text, withKind(name, ruleFor(rules, name), field), words);
    if (problem !== undefined) found.set(name, problem);
    const entry = /^(.*)\.\d+\.name$/.exec(name)?.[1];
    if (entry === undefined) continue;
    if (problem === undefined && taken.has(`${entry} ${text}`)) found.set(name, words.twice);
    taken.add(`${entry} ${text}`);
  }
  return found;
};

/** The field of a refused member of the body; undefined where the form has none. */
export const fieldOf = (member: string, field: Field): string | undefined => {
  const path = member.split('.');
  const [list, key, last = 'value'] = path.slice(path.findIndex((part) => hasEntries(field, part)));
  const named = field.names().find((name) => name === path.at(-1) || name === member);
  if (named !== undefined || list === undefined || key === undefined) return named;
  const entry = field
    .names()
    .find((name) => name.startsWith(`${list}.`) && name.endsWith('.name') && field(name) === key);
  return entry?.replace(/name$/, last);
};

const hasEntries = (field: Field, list: string): boolean => field.names().some((name) => name.startsWith(`${list}.`));
