import type { Instant } from '#model/base/instant.ts';
import { isPlausible, type TimeReader } from '#model/payload/device-time.ts';
import type { Message, Observation, PlainMessage, Shape } from '#model/readings/message.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const SPACE = 0x20;
/** Numbers of more digits are left to the standard parser: up to here one division rounds as it does. */
const MOST_DIGITS = 15;
const LONGEST_TIME = 40;
const DAY_MS = 86_400_000;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** `other-number`: a number under a name of times, which is the time in a message where it plainly is one. */
type SlotKind = 'number' | 'other-number' | 'time-number' | 'time-text';

/** A part of the text that differs from message to message. */
interface TemplateSlot {
  readonly kind: SlotKind;
  /** Name of the field. */
  readonly name: string;
  /** The first byte, and the first behind it. */
  readonly from: number;
  readonly to: number;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

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

const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');

const numberKind = (name: string, number: number, times: TimeReader): SlotKind => {
  if (!times.isName(name)) return 'number';
  return times.readPlain(name, number) === undefined ? 'other-number' : 'time-number';
};

/**
 * The slots of a JSON text that is known to be well formed: its numbers, and the text of its time. Undefined for a text in which
 * a name occurs twice: which of its values counts may not be seen at a slot.
 */
const slotsOf = (bytes: Uint8Array, times: TimeReader): readonly TemplateSlot[] | undefined => {
  const slots: TemplateSlot[] = [];
  const names = new Set<string>();
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const from = at;
    if (bytes[at] === QUOTE) {
      const end = endOfString(bytes, at + 1);
      const isKey = isKeyBefore(bytes, end);
      if (isKey) name = String(JSON.parse(textOf(bytes, from, end + 1)));
      if (isKey && names.has(name)) return undefined;
      if (isKey) names.add(name);
      else if (times.readPlain(name, textOf(bytes, from + 1, end)) !== undefined)
        slots.push({ kind: 'time-text', name, from: from + 1, to: end });
      at = end + 1;
    } else if (bytes[at] === MINUS || isDigit(bytes[at])) {
      while (isPartOfNumber(bytes[at])) at += 1;
      const kind = numberKind(name, Number(textOf(bytes, from, at)), times);
      slots.push({ kind, name, from, to: at });
    } else {
      at += 1;
    }
  }
  return slots;
};

/** The two digits at a position; NaN where there are none. */
const two = (bytes: Uint8Array, at: number): number =>
  isDigit(bytes[at]) && isDigit(bytes[at + 1])
    ? ((bytes[at] ?? 0) - ZERO) * 10 + (bytes[at + 1] ?? 0) - ZERO
    : Number.NaN;

/** Only a message of one observation whose values are all there has a template; one with an id has none. */
const plainIn = ({ observations, refused }: Message): Observation | undefined => {
  const [only] = observations;
  if (only === undefined || observations.length > 1 || refused.length + only.refused.length > 0) return undefined;
  if (only.truths !== undefined) return undefined;
  return only.id === undefined && [...only.values.values()].every((value) => value !== null) ? only : undefined;
};

/**
 * The text of a message with slots for its time and its numbers. It is learned from one message of a device, which the standard
 * parser has read, and read in the next by comparing bytes: nothing is made but the numbers. A message that differs in any
 * other byte, or holds an unusual number, is left to the standard parser.
 */
export class JsonTemplate {
  readonly #bytes: Uint8Array;
  readonly #slots: readonly TemplateSlot[];
  readonly #shape: Shape;
  readonly #place: string;
  /** The numbers of the last message: one array for all. */
  readonly #numbers: Float64Array;
  readonly #times: TimeReader;
  /** Position of the reader in the present message. */
  #at = 0;
  /** The day of the last time, as the bytes of its date. */
  #day = '';
  #dayStart: Instant = 0;

  private constructor(
    bytes: Uint8Array,
    slots: readonly TemplateSlot[],
    { values, place }: Observation,
    times: TimeReader,
  ) {
    this.#bytes = bytes;
    this.#slots = slots;
    this.#shape = { names: [...values.keys()] };
    this.#place = place;
    this.#numbers = new Float64Array(this.#shape.names.length);
    this.#times = times;
  }

  /** Undefined where the message has no template. */
  static learn(payload: Uint8Array, message: Message, times: TimeReader): JsonTemplate | undefined {
    const observation = plainIn(message);
    if (observation === undefined) return undefined;
    const bytes = Uint8Array.from(payload);
    const slots = slotsOf(bytes, times);
    if (slots === undefined) return undefined;
    const template = new JsonTemplate(bytes, slots, observation, times);
    const names = slots.flatMap(({ kind, name }) => (kind === 'number' || kind === 'other-number' ? [name] : []));
    const isSame =
      slots.length - names.length === (observation.time === undefined ? 0 : 1) &&
      names.length === observation.values.size &&
      template.#shape.names.every((name, i) => name === names[i]) &&
      template.read(payload)?.time === observation.time;
    return isSame ? template : undefined;
  }

  /** The message of a payload; undefined where it has to be left to the standard parser. */
  read(payload: Uint8Array): PlainMessage | undefined {
    const numbers = this.#numbers;
    let count = 0;
    let time: Instant | undefined;
    let from = 0;
    this.#at = 0;
    for (const { kind, name, from: start, to } of this.#slots) {
      if (!this.#passes(payload, from, start)) return undefined;
      const number = kind === 'time-text' ? this.#time(payload) : this.#number(payload);
      if (Number.isNaN(number)) return undefined;
      if (kind === 'number') numbers[count++] = number;
      else if (kind === 'other-number') {
        if (this.#times.readPlain(name, number) !== undefined) return undefined;
        numbers[count++] = number;
      } else {
        time = kind === 'time-text' ? number : this.#times.read(number);
        if (!isPlausible(time)) return undefined;
      }
      from = to;
    }
    if (!this.#passes(payload, from, this.#bytes.length) || this.#at !== payload.length) return undefined;
    return { time, id: undefined, place: this.#place, shape: this.#shape, numbers };
  }

  /** Whether the next bytes of the message are those of the template between two slots. */
  #passes(payload: Uint8Array, from: number, to: number): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = from; i < to; i += 1, at += 1) if (payload[at] !== bytes[i]) return false;
    this.#at = at;
    return true;
  }

  /** A number as JSON writes it, without an exponent; NaN where there is no such number. */
  // oxlint-disable-next-line complexity -- one condition for each part of a number
  #number(payload: Uint8Array): number {
    let at = this.#at;
    const isNegative = payload[at] === MINUS;
    if (isNegative) at += 1;
    const first = at;
    let whole = 0;
    while (isDigit(payload[at])) whole = whole * 10 + (payload[at++] ?? 0) - ZERO;
    const length = at - first;
    if (length === 0 || (length > 1 && payload[first] === ZERO)) return Number.NaN;
    let decimals = 0;
    if (payload[at] === POINT) {
      at += 1;
      const point = at;
      while (isDigit(payload[at])) whole = whole * 10 + (payload[at++] ?? 0) - ZERO;
      decimals = at - point;
      if (decimals === 0) return Number.NaN;
    }
    if (length + decimals > MOST_DIGITS) return Number.NaN;
    this.#at = at;
    const value = whole / (POWERS[decimals] ?? 1);
    return isNegative ? -value : value;
  }

  /** An RFC 3339 time; NaN where it has to be left to the standard parser. Most are of the same day as the one before. */
  // oxlint-disable-next-line complexity -- one condition for each part of a time
  #time(payload: Uint8Array): number {
    const from = this.#at;
    let to = from;
    while (to < payload.length && payload[to] !== QUOTE && payload[to] !== BACKSLASH) to += 1;
    if (payload[to] !== QUOTE || to - from > LONGEST_TIME) return Number.NaN;
    this.#at = to;
    const isUtc = payload[to - 1] === 0x5a && (to - from === 20 || (to - from === 24 && payload[from + 19] === POINT));
    const time = isUtc && this.#isSameDay(payload, from) ? this.#timeOfDay(payload, from, to) : Number.NaN;
    if (!Number.isNaN(time)) return time;
    const text = textOf(payload, from, to);
    const parsed = this.#times.read(text) ?? Number.NaN;
    if (isUtc && !Number.isNaN(parsed)) {
      this.#day = text.slice(0, 11);
      this.#dayStart = Math.floor(parsed / DAY_MS) * DAY_MS;
    }
    return parsed;
  }

  #isSameDay(payload: Uint8Array, from: number): boolean {
    const day = this.#day;
    if (day === '') return false;
    for (let i = 0; i < 11; i += 1) if (payload[from + i] !== day.charCodeAt(i)) return false;
    return true;
  }

  /** A time of the known day, from the digits of its clock; NaN where no clock shows them. */
  #timeOfDay(payload: Uint8Array, from: number, to: number): number {
    const hour = two(payload, from + 11);
    const minute = two(payload, from + 14);
    const second = two(payload, from + 17);
    const isClock = payload[from + 13] === COLON && payload[from + 16] === COLON;
    if (!isClock || !(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
    const ms = to - from === 20 ? 0 : two(payload, from + 20) * 10 + (payload[from + 22] ?? 0) - ZERO;
    if (to - from > 20 && !isDigit(payload[from + 22])) return Number.NaN;
    return this.#dayStart + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
  }
}
