import { Fault } from '#model/base/fault.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { MemberRules, NamedValues, Nesting } from './member-rules.ts';
import type { Refusal } from '#model/readings/message.ts';
import { explainNameTwice, repeatedIn, shownValue } from './given-value.ts';
import type { Occurrence, RepeatedNames } from './json-text.ts';

export type JsonMembers = Readonly<Record<string, unknown>>;

/** Objects that are nested deeper are no values. */
const MOST_DEPTH = 8;

const isObject = (value: unknown): value is JsonMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message without depth. */
export interface FlatMembers {
  readonly members: JsonMembers;
  /** The way to each member from the message, as a JSON Pointer. */
  readonly steps: ReadonlyMap<string, string>;
  readonly repeated: RepeatedNames;
  readonly refused: readonly Refusal[];
  /** Messages within the message, with the way to each. */
  readonly inner: readonly { readonly given: unknown; readonly step: string }[];
  /** True where a member was left out because it is not wanted. */
  readonly hasIgnored: boolean;
}

class Flattening {
  readonly #ignored: ReadonlySet<string>;
  readonly #nesting: Nesting;
  readonly #repeated: RepeatedNames;
  readonly #duplicateNames: 'first' | 'last' | undefined;
  readonly #place: string;
  readonly #values = new Map<string, unknown>();
  readonly #steps = new Map<string, string[]>();
  readonly #occurrences = new Map<string, readonly Occurrence[]>();
  readonly #refused: Refusal[] = [];
  readonly #inner: { readonly given: unknown; readonly step: string }[] = [];
  #hasIgnored = false;

  constructor(
    { ignored }: MemberRules,
    nesting: Nesting,
    { repeated, duplicateNames, place }: Pick<FlattenOptions, 'repeated' | 'duplicateNames' | 'place'>,
  ) {
    this.#ignored = ignored;
    this.#nesting = nesting;
    this.#repeated = repeated;
    this.#duplicateNames = duplicateNames;
    this.#place = place;
  }

  /** @param prefix name of the object and a point, empty for the message and for the object of its values */
  walk(object: JsonMembers, prefix: string, way: string, depth = 0): void {
    const { values } = this.#nesting;
    for (const [key, value] of Object.entries(object)) {
      const name = prefix + key;
      const step = way + pointerStep(key);
      const occurrences = repeatedIn(this.#repeated, object, key);
      if (this.#ignored.has(name)) this.#hasIgnored = true;
      else if (occurrences !== undefined) {
        this.#occurrences.set(name, occurrences);
        this.#put(name, step, value);
      } else if (Array.isArray(value)) this.array(value, name, step);
      else if (isObject(value) && depth < MOST_DEPTH)
        this.walk(value, name === values ? '' : `${name}.`, step, depth + 1);
      else this.#put(name, step, value);
    }
  }

  /** An array that holds names and values, or messages; any other is a value that cannot be read. */
  array(elements: readonly unknown[], name: string, step: string): void {
    const { lists, messages } = this.#nesting;
    const list = Object.hasOwn(lists, name) ? lists[name] : undefined;
    if (list !== undefined) elements.forEach((element, at) => this.#named(element, list, name, `${step}/${at}`));
    else if (messages.includes(name))
      elements.forEach((given, at) => this.#inner.push({ given, step: `${step}/${at}` }));
    else this.#put(name, step, elements);
  }

  flat(): FlatMembers {
    for (const [name, steps] of this.#steps) if (steps.length > 1) this.#settle(name, steps);
    const members = Object.fromEntries(this.#values);
    return {
      members,
      steps: new Map([...this.#steps].map(([name, [step = '']]) => [name, step])),
      repeated: this.#occurrences.size === 0 ? new Map() : new Map([[members, this.#occurrences]]),
      refused: this.#refused,
      inner: this.#inner,
      hasIgnored: this.#hasIgnored,
    };
  }

  #named(element: unknown, list: NamedValues, prefix: string, step: string): void {
    const key = isObject(element) ? element[list.name] : undefined;
    if (!isObject(element) || (typeof key !== 'string' && typeof key !== 'number')) {
      const fault = new Fault('PAYLOAD_SHAPE', `${shownValue(element)} has no name in "${list.name}"`);
      this.#refused.push({ place: this.#place + step, fault, readings: 1 });
      return;
    }
    const name = prefix === '' || prefix === this.#nesting.values ? String(key) : `${prefix}.${key}`;
    if (this.#ignored.has(name)) this.#hasIgnored = true;
    else this.#put(name, step + pointerStep(list.value), element[list.value] ?? null);
  }

  #put(name: string, step: string, value: unknown): void {
    const known = this.#steps.get(name);
    if (known === undefined) this.#steps.set(name, [step]);
    else known.push(step);
    if (known === undefined || this.#duplicateNames !== 'first') this.#values.set(name, value);
  }

  /** Refuses a name that two places have, unless the registration says which of them counts. */
  #settle(name: string, steps: readonly string[]): void {
    if (this.#duplicateNames !== undefined) return;
    this.#values.delete(name);
    const places = steps.map((step) => this.#place + step);
    const fault = explainNameTwice(name, places);
    this.#refused.push(...places.map((place) => ({ place, fault, readings: 1 })));
  }
}

interface FlattenOptions {
  readonly rules: MemberRules;
  readonly nesting: Nesting;
  readonly repeated: RepeatedNames;
  readonly duplicateNames: 'first' | 'last' | undefined;
  /** Place of the message in its payload. */
  readonly place: string;
}

/** The members of a message with the names of their ways, and the messages within it. */
export const flatten = (given: JsonMembers | readonly unknown[], options: FlattenOptions): FlatMembers => {
  const flattening = new Flattening(options.rules, options.nesting, options);
  if (isObject(given)) flattening.walk(given, '', '');
  else if (Array.isArray(given)) flattening.array(given, '', '');
  return flattening.flat();
};
