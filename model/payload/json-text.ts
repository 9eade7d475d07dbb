import { Fault } from '#model/base/fault.ts';

/** A value of a name, and where it begins and ends in the text. */
export interface Occurrence {
  readonly at: number;
  readonly to: number;
  readonly value: unknown;
}

/** Objects in which a name stands more than once, with each such name. */
export type RepeatedNames = ReadonlyMap<object, ReadonlyMap<string, readonly Occurrence[]>>;

export interface JsonText {
  /** One value, or several objects one behind the other. */
  readonly values: readonly unknown[];
  readonly repeated: RepeatedNames;
  /** The members `id` that are numbers, as the text has them, by their object. */
  readonly idTexts: ReadonlyMap<unknown, string>;
}

export interface JsonTextOptions {
  readonly strict?: true | undefined;
  /** The value that counts where a name has several; without it the last, and the name is among `repeated`. */
  readonly duplicateNames?: 'first' | 'last' | undefined;
}

/** Values that are nested deeper are passed over: no reading is there. */
const MOST_DEPTH = 32;
/** Characters before the end of a payload that was cut off, as a message shows them. */
const SHOWN = 20;
const [NUL, TAB, LINE_FEED, RETURN, SPACE, BYTE_ORDER_MARK] = [0, 9, 10, 13, 32, 0xfeff];
const [QUOTE, BACKSLASH] = [0x22, 0x5c];

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** "1." and "1e" at the end of a text are the beginning of a longer number. */
const BEGUN = /^(?:\.|[eE][+-]?)$/;
const WORD = /[+-]?[A-Za-z]+/y;
const NOT_A_NUMBER = /^[+-]?(?:nan|inf|infinity)$/i;
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

const isBlank = (code: number): boolean => code === SPACE || code === LINE_FEED || code === RETURN || code === TAB;

/** The text without blanks and NULs at its end, and whether there was a NUL. */
const endOf = (text: string): { readonly end: number; readonly hasNul: boolean } => {
  let end = text.length;
  let hasNul = false;
  for (; end > 0; end -= 1) {
    const code = text.charCodeAt(end - 1);
    if (code === NUL) hasNul = true;
    else if (!isBlank(code)) break;
  }
  return { end, hasNul };
};

/**
 * Reads JSON in which names may stand twice, and texts that are JSON but for a byte order mark, NULs at the end, bare `NaN`
 * and `Infinity` (null), or several objects one behind the other. Slower than `JSON.parse`, which is tried first.
 */
class JsonTextReader {
  readonly #text: string;
  readonly #options: JsonTextOptions;
  readonly #repeated = new Map<object, ReadonlyMap<string, readonly Occurrence[]>>();
  readonly #idTexts = new Map<unknown, string>();
  #at = 0;

  constructor(text: string, options: JsonTextOptions) {
    const { end, hasNul } = endOf(text);
    this.#text = text.slice(0, end);
    this.#options = options;
    if (hasNul && end > 0) this.#lenient('has a NUL behind its end');
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
      this.#lenient('begins with a byte order mark');
      this.#at = 1;
    }
  }

  read(): JsonText {
    const values: unknown[] = [];
    this.#blanks();
    if (this.#isAtEnd()) throw new Fault('PAYLOAD_EMPTY', 'it has blanks only; send a JSON object of values');
    values.push(this.#value(0));
    for (this.#blanks(); !this.#isAtEnd(); this.#blanks()) {
      const isObject = typeof values[0] === 'object' && values[0] !== null && !Array.isArray(values[0]);
      if (!isObject || this.#text[this.#at] !== '{') throw this.#unexpected();
      this.#lenient('holds several objects');
      values.push(this.#value(0));
    }
    return { values, repeated: this.#repeated, idTexts: this.#idTexts };
  }

  /** @throws Fault where only plain JSON is allowed */
  #lenient(oddity: string): void {
    if (this.#options.strict !== true) return;
    throw new Fault('PAYLOAD_NOT_JSON', `it ${oddity}, and the device is registered as strict; send plain JSON`);
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #blanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }

  #cut(): Fault {
    const end = JSON.stringify(this.#text.slice(-SHOWN));
    return new Fault(
      'PAYLOAD_CUT',
      `it ends with ${end}; enlarge the buffer of the sender, or send fewer readings at a time`,
    );
  }

  #unexpected(): Fault {
    if (this.#isAtEnd()) return this.#cut();
    const found = JSON.stringify(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0));
    return new Fault('PAYLOAD_NOT_JSON', `${found} at character ${this.#at} is unexpected; check quotes and commas`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #value(depth: number): unknown {
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (depth > MOST_DEPTH) return this.#passOver();
      return first === '{' ? this.#object(depth) : this.#array(depth);
    }
    return first === '"' ? this.#string() : (this.#number() ?? this.#word());
  }

  #string(): string {
    const from = this.#at;
    let at = from + 1;
    let isEscaped = false;
    for (let code = this.#text.charCodeAt(at); code !== QUOTE; code = this.#text.charCodeAt(at)) {
      // NaN behind the end
      if (!(code >= SPACE)) {
        this.#at = at;
        throw this.#unexpected();
      }
      if (code === BACKSLASH) isEscaped = true;
      at += code === BACKSLASH ? 2 : 1;
    }
    this.#at = at + 1;
    return isEscaped ? this.#unescaped(from) : this.#text.slice(from + 1, at);
  }

  #unescaped(from: number): string {
    try {
      return String(JSON.parse(this.#text.slice(from, this.#at)));
    } catch {
      this.#at = this.#text.indexOf('\\', from);
      throw this.#unexpected();
    }
  }

  /** Undefined where no number begins. */
  #number(): number | undefined {
    const found = this.#match(NUMBER);
    if (found === undefined) return undefined;
    if (BEGUN.test(this.#text.slice(this.#at, this.#at + 3))) throw this.#cut();
    return Number(found);
  }

  #word(): boolean | null {
    const from = this.#at;
    const found = this.#match(WORD) ?? '';
    const constant = CONSTANTS.get(found);
    if (constant !== undefined) return constant;
    if (NOT_A_NUMBER.test(found)) {
      this.#lenient('has a bare NaN or Infinity');
      return null;
    }
    if (this.#isAtEnd() || (this.#at === from && this.#text.slice(from) === '-')) throw this.#cut();
    this.#at = from;
    throw this.#unexpected();
  }

  #array(depth: number): unknown[] {
    const elements: unknown[] = [];
    this.#at += 1;
    this.#blanks();
    if (this.#takes(']')) return elements;
    for (;;) {
      this.#blanks();
      elements.push(this.#value(depth + 1));
      if (this.#endsWith(']')) return elements;
    }
  }

  #object(depth: number): object {
    const members = new Map<string, Occurrence[]>();
    this.#at += 1;
    this.#blanks();
    if (this.#takes('}')) return {};
    do {
      const name = this.#name();
      const at = this.#at;
      const value = this.#value(depth + 1);
      const known = members.get(name);
      const occurrence = { at, to: this.#at, value };
      if (known === undefined) members.set(name, [occurrence]);
      else known.push(occurrence);
    } while (!this.#endsWith('}'));
    return this.#made(members);
  }

  /** The name of a member, and its colon. */
  #name(): string {
    this.#blanks();
    if (this.#text[this.#at] !== '"') throw this.#unexpected();
    const name = this.#string();
    this.#blanks();
    if (!this.#takes(':')) throw this.#unexpected();
    this.#blanks();
    return name;
  }

  #made(members: ReadonlyMap<string, readonly Occurrence[]>): object {
    const { duplicateNames } = this.#options;
    const counting = (of: readonly Occurrence[] = []): Occurrence | undefined =>
      duplicateNames === 'first' ? of[0] : of.at(-1);
    const object = Object.fromEntries(Array.from(members, ([name, of]) => [name, counting(of)?.value]));
    const id = counting(members.get('id'));
    if (typeof id?.value === 'number') this.#idTexts.set(object, this.#text.slice(id.at, id.to));
    const again = [...members].filter(([, of]) => of.length > 1);
    if (again.length > 0 && duplicateNames === undefined) this.#repeated.set(object, new Map(again));
    return object;
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** True behind the last element; behind a comma there is one more. */
  #endsWith(close: string): boolean {
    this.#blanks();
    if (this.#takes(close)) return true;
    if (this.#takes(',')) return false;
    throw this.#unexpected();
  }

  /** Goes behind the end of an array or object, however deep it is, and gives an empty one. */
  #passOver(): object {
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#cut();
      if (character === '"') {
        this.#string();
        continue;
      }
      if (character === '{' || character === '[') depth += 1;
      if (character === '}' || character === ']') depth -= 1;
      this.#at += 1;
    } while (depth > 0);
    return {};
  }
}

/** @throws Fault `PAYLOAD_NOT_JSON`, `PAYLOAD_CUT`, `PAYLOAD_EMPTY` */
export const readJsonText = (text: string, options: JsonTextOptions = {}): JsonText =>
  new JsonTextReader(text, options).read();
