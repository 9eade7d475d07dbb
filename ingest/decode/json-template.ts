import type { Instant } from '#model/base/instant.ts';
import { isPlausible, type TimeReader } from '#model/payload/device-time.ts';
import type { Message, Observation, PlainMessage, Shape } from '#model/readings/message.ts';
import { BACKSLASH, COLON, isDigit, MINUS, POINT, QUOTE, SPACE, textOf, ZERO } from './json-bytes.ts';
import { SlotFinder, type TemplateOptions, type TemplateSlot } from './template-slots.ts';

/** Numbers of more digits are left to the standard parser: up to here one division rounds as it does. */
const MOST_DIGITS = 15;
const LONGEST_TIME = 40;
const DAY_MS = 86_400_000;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

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
    { values, place, steps }: Observation,
    times: TimeReader,
  ) {
    this.#bytes = bytes;
    this.#slots = slots;
    const names = [...values.keys()];
    this.#shape = { names, steps: steps === undefined ? undefined : names.map((name) => steps.get(name) ?? '') };
    this.#place = place;
    this.#numbers = new Float64Array(this.#shape.names.length);
    this.#times = times;
  }

  /** Undefined where the message has no template. */
  static learn(payload: Uint8Array, message: Message, options: TemplateOptions): JsonTemplate | undefined {
    const observation = plainIn(message);
    if (observation === undefined) return undefined;
    const bytes = Uint8Array.from(payload);
    const slots = new SlotFinder(bytes, options).find();
    if (slots === undefined) return undefined;
    const template = new JsonTemplate(bytes, slots, observation, options.times);
    const names = slots.flatMap(({ kind, name }) => (kind === 'number' || kind === 'other-number' ? [name] : []));
    const isSame =
      slots.filter(({ kind }) => kind.startsWith('time')).length === (observation.time === undefined ? 0 : 1) &&
      names.length === observation.values.size &&
      template.#shape.names.every((name, i) => name === names[i]) &&
      template.read(payload)?.time === observation.time;
    return isSame ? template : undefined;
  }

  /** The message of a payload; undefined where it has to be left to the standard parser. */
  // oxlint-disable-next-line complexity -- one condition for each kind of slot
  read(payload: Uint8Array): PlainMessage | undefined {
    const numbers = this.#numbers;
    let count = 0;
    let time: Instant | undefined;
    let from = 0;
    this.#at = 0;
    for (const { kind, name, from: start, to } of this.#slots) {
      if (!this.#passes(payload, from, start)) return undefined;
      from = to;
      const number = this.#read(kind, payload);
      if (Number.isNaN(number)) return undefined;
      if (kind === 'skipped-number' || kind === 'skipped-text') continue;
      if (kind === 'number') numbers[count++] = number;
      else if (kind === 'other-number') {
        if (this.#times.readPlain(name, number) !== undefined) return undefined;
        numbers[count++] = number;
      } else {
        time = kind === 'time-text' ? number : this.#times.read(number);
        if (!isPlausible(time)) return undefined;
      }
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

  /** The number in a slot; NaN where it has to be left to the standard parser. */
  #read(kind: TemplateSlot['kind'], payload: Uint8Array): number {
    if (kind === 'time-text') return this.#time(payload);
    return kind === 'skipped-text' ? this.#skipText(payload) : this.#number(payload);
  }

  /** Passes over a text of plain characters, which any parser takes; NaN where there is none. */
  #skipText(payload: Uint8Array): number {
    let at = this.#at;
    while (at < payload.length && payload[at] !== QUOTE) {
      const byte = payload[at] ?? 0;
      if (byte === BACKSLASH || byte < SPACE) return Number.NaN;
      at += 1;
    }
    this.#at = at;
    return at < payload.length ? 0 : Number.NaN;
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
