import { BACKSLASH, COLON, isDigit, MINUS, QUOTE, SPACE, textOf } from './json-bytes.ts';
import type { TimeReader } from '#model/payload/device-time.ts';
import type { MemberRules } from '#model/payload/member-rules.ts';
import type { DecodeOptions } from '#model/readings/codec.ts';

/**
 * `other-number`: a number under a name of times, which is the time in a message where it plainly is one. `skipped-…`: a value
 * that is not wanted.
 */
type SlotKind = 'number' | 'other-number' | 'time-number' | 'time-text' | 'skipped-number' | 'skipped-text';

/** A part of the text that differs from message to message. */
export interface TemplateSlot {
  readonly kind: SlotKind;
  /** Name of the field. */
  readonly name: string;
  /** The first byte, and the first behind it. */
  readonly from: number;
  readonly to: number;
}

const isPartOfNumber = (byte: number | undefined): boolean =>
  byte !== undefined && (isDigit(byte) || '+-.eE'.includes(String.fromCharCode(byte)));

/** The end of the string that begins behind `from`: the position of its closing quote. */
const endOfString = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
};

const isKeyBefore = (bytes: Uint8Array, end: number): boolean => {
  let at = end + 1;
  while ((bytes[at] ?? COLON) <= SPACE) at += 1;
  return bytes[at] === COLON;
};

const numberKind = (name: string, number: number, times: TimeReader): SlotKind => {
  if (!times.isName(name)) return 'number';
  return times.readPlain(name, number) === undefined ? 'other-number' : 'time-number';
};

const NO_RULES: MemberRules = { ignored: new Set() };

/** An object or array of a text that is open at a position. */
interface OpenValue {
  /** Before the names of its members. */
  readonly prefix: string;
  readonly isSkipped: boolean;
  readonly isArray: boolean;
}

const WHOLE: OpenValue = { prefix: '', isSkipped: false, isArray: false };
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The attributes of a registration that concern times and members. */
export type TemplateOptions = Pick<DecodeOptions, 'members'> & { readonly times: TimeReader };

/**
 * The slots of a JSON text that is known to be well formed: its numbers, and the text of its time. Undefined for a text in which
 * a name occurs twice: which of its values counts may not be seen at a slot.
 */
export class SlotFinder {
  readonly #bytes: Uint8Array;
  readonly #times: TimeReader;
  readonly #members: MemberRules;
  readonly #slots: TemplateSlot[] = [];
  readonly #names = new Set<string>();
  readonly #open: OpenValue[] = [];
  #inside = WHOLE;
  #name = '';
  #isSkipped = false;
  /** True where the text is left to the standard parser. */
  #isStrange = false;

  constructor(bytes: Uint8Array, { times, members = NO_RULES }: TemplateOptions) {
    this.#bytes = bytes;
    this.#times = times;
    this.#members = members;
  }

  find(): readonly TemplateSlot[] | undefined {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length && !this.#isStrange; ) {
      const byte = bytes[at];
      if (byte === QUOTE) at = this.#text(at);
      else if (byte === MINUS || isDigit(byte)) at = this.#number(at);
      else {
        this.#bracket(byte);
        at += 1;
      }
    }
    return this.#isStrange ? undefined : this.#slots;
  }

  #bracket(byte: number | undefined): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#begin(byte === OPEN_ARRAY);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#inside = this.#open.pop() ?? WHOLE;
  }

  #begin(isArray: boolean): void {
    const before = this.#inside;
    // an array in an object holds no single values
    if (isArray && this.#open.length > 0 && !this.#isSkipped) this.#isStrange = true;
    this.#open.push(before);
    const isSkipped = before.isSkipped || this.#isSkipped;
    this.#inside = { prefix: before.isArray ? before.prefix : this.#below(), isSkipped, isArray };
  }

  /** Before the names of members of the present member. */
  #below(): string {
    const values = this.#members.nesting?.values ?? 'values';
    return this.#name === '' || this.#name === values ? '' : `${this.#name}.`;
  }

  #text(at: number): number {
    const bytes = this.#bytes;
    const end = endOfString(bytes, at + 1);
    if (isKeyBefore(bytes, end)) this.#key(String(JSON.parse(textOf(bytes, at, end + 1))));
    else if (this.#isSkipped) this.#add('skipped-text', at + 1, end);
    else if (this.#times.readPlain(this.#name, textOf(bytes, at + 1, end)) !== undefined)
      this.#add('time-text', at + 1, end);
    return end + 1;
  }

  #key(key: string): void {
    const { prefix, isSkipped } = this.#inside;
    this.#name = prefix + key;
    this.#isSkipped = isSkipped || this.#members.ignored.has(this.#name);
    if (this.#names.has(this.#name)) this.#isStrange = true;
    this.#names.add(this.#name);
  }

  #number(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (isPartOfNumber(bytes[at])) at += 1;
    const kind = this.#isSkipped
      ? 'skipped-number'
      : numberKind(this.#name, Number(textOf(bytes, from, at)), this.#times);
    this.#add(kind, from, at);
    return at;
  }

  #add(kind: SlotKind, from: number, to: number): void {
    this.#slots.push({ kind, name: this.#name, from, to });
  }
}
