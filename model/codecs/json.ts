import type { Codec, OutgoingObservation } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import { type Instant, formatInstant, parseInstant } from '#model/base/instant.ts';
import { lengthBeyond } from '#model/base/json-length.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Message, Observation, Refusal } from '#model/readings/message.ts';

/** Observations in one packet: a day of one-minute readings fits into two packets. */
export const MAX_OBSERVATIONS = 1_000;

/** Values in one observation: many times the properties of any family. */
const MAX_MEMBERS = 256;

export const TIME_MEMBERS: readonly string[] = ['time', 'ts', 'timestamp'];
const NOT_VALUES: ReadonlySet<string> = new Set([...TIME_MEMBERS, 'id']);
/** Numbers from here on are milliseconds since 1970, below it seconds: 10^11 s is the year 5138. */
const MILLISECONDS_FROM = 1e11;
/** Furthest moment from 1970 that a calendar date can be made of, in milliseconds (ECMA-262, time values). */
const CALENDAR_END = 8.64e15;
const MISSING_TEXTS: ReadonlySet<string> = new Set(['', 'nan', 'null', 'na', 'n/a', '-nan']);

type JsonMembers = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A value as a message shows it: never long, and never walked into, for it may be nested deeper than the stack. */
const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isObject(value)) return 'an object';
  return typeof value === 'string' ? JSON.stringify(cut(value)) : String(value);
};

export const readTime = (value: unknown): Instant | undefined => {
  if (typeof value === 'number' && Math.abs(value) <= CALENDAR_END) {
    return Math.abs(value) < MILLISECONDS_FROM ? Math.trunc(Math.round(value * 1e6) / 1e3) : Math.trunc(value);
  }
  if (typeof value === 'string') return parseInstant(value);
  return undefined;
};

const timeOf = (members: JsonMembers): Instant | undefined => {
  for (const name of TIME_MEMBERS) {
    const given = members[name];
    if (given === undefined || given === null) continue;
    const time = readTime(given);
    if (time !== undefined) return time;
    throw new Fault(
      'TIME_UNREADABLE',
      `"${name}" is ${shown(given)}; send RFC 3339 with an offset ("2026-11-24T03:00:00Z") or a number of seconds or milliseconds since 1970`,
    );
  }
  return undefined;
};

const MAX_ID_CHARACTERS = 128;
/** An id that is a number in a form that its value does not give back: a fraction or an exponent. */
const UNUSUAL_ID = /"id"\s*:\s*-?\d+[.eE]/;

/** The numbers of one payload that are ids, as its text has them: around 2^53 two texts have one value. */
class NumberIds {
  readonly #text: string;
  #isUnusual: boolean | undefined;
  #sources: ReadonlyMap<string, string> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param place of the observation: empty, or `/3` in an array */
  textOf(id: number, place: string): string {
    const isPlain = Number.isSafeInteger(id) && !Object.is(id, -0);
    if (isPlain && !(this.#isUnusual ??= UNUSUAL_ID.test(this.#text))) return String(id);
    this.#sources ??= this.#read();
    return this.#sources.get(place) || String(id);
  }

  /** Reads the payload a second time, slowly: with the source text of each number. */
  #read(): ReadonlyMap<string, string> {
    const sources = new Map<unknown, string>();
    const note = function (this: unknown, key: string, value: unknown, ...[context]: readonly unknown[]): unknown {
      const source = isObject(context) ? context['source'] : undefined;
      if (key === 'id' && typeof value === 'number' && typeof source === 'string') sources.set(this, source);
      return value;
    };
    try {
      const given: unknown = JSON.parse(this.#text, note);
      const places = Array.isArray(given) ? given.map((each: unknown, index) => [each, `/${index}`] as const) : [];
      return new Map([[given, ''] as const, ...places].map(([each, place]) => [place, sources.get(each) ?? '']));
    } catch (error) {
      // nested deeper than the stack: such a value is refused, and its siblings need an id that is good enough
      if (error instanceof RangeError) return new Map();
      throw error;
    }
  }
}

/** A text that every database can hold: half of a surrogate pair is written as an escape, so that two stay two. */
const wellFormed = (text: string): string => (text.isWellFormed() ? text : JSON.stringify(text).slice(1, -1));

const idOf = (members: JsonMembers, place: string, numbers: NumberIds): string | undefined => {
  const given = members['id'];
  if (given === undefined || given === null) return undefined;
  const id = typeof given === 'number' && Number.isFinite(given) ? numbers.textOf(given, place) : given;
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARACTERS) return wellFormed(id);
  throw new Fault(
    'ID_UNREADABLE',
    `"id" is ${shown(given)}; send a number or a text of at most ${MAX_ID_CHARACTERS} characters`,
  );
};

/** A number, null for missing, or undefined for what is neither. */
const readValue = (value: unknown): number | null | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (value === null) return null;
  if (typeof value === 'string' && MISSING_TEXTS.has(value.trim().toLowerCase())) return null;
  return undefined;
};

const explainValue = (name: string, value: unknown): Fault =>
  new Fault(
    'VALUE_NOT_A_NUMBER',
    typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
      ? `"${cut(name)}" is the text ${shown(value)}; send the bare number ${Number(value)}`
      : `"${cut(name)}" is ${shown(value)}; send a finite number, or null where the value is missing`,
  );

interface Values {
  readonly values: ReadonlyMap<string, number | null>;
  readonly refused: readonly Refusal[];
}

const NONE_REFUSED: readonly Refusal[] = [];

const readValues = (members: JsonMembers, place: string, isFlat: boolean): Values => {
  const values = new Map<string, number | null>();
  let refused: Refusal[] | undefined;
  for (const name of Object.keys(members)) {
    if (isFlat && NOT_VALUES.has(name)) continue;
    const value = readValue(members[name]);
    if (value === undefined) {
      refused ??= [];
      refused.push({ place: place + pointerStep(name), fault: explainValue(name, members[name]), readings: 1 });
    } else {
      values.set(name, value);
    }
  }
  return { values, refused: refused ?? NONE_REFUSED };
};

/** The members of an observation that hold values: those under `values`, or in a flat object all but time and id. */
interface Inside {
  readonly members: JsonMembers;
  readonly isFlat: boolean;
  /** Number of values that it would give. */
  readonly size: number;
}

const inside = (members: JsonMembers): Inside => {
  const nested = members['values'];
  if (isObject(nested)) return { members: nested, isFlat: false, size: Object.keys(nested).length };
  const size = Object.keys(members).filter((name) => !NOT_VALUES.has(name)).length;
  return { members, isFlat: true, size };
};

/** Members beside `values` that are neither time nor id: each may be a reading in the wrong place, so it is reported. */
const strays = (members: JsonMembers, place: string): readonly Refusal[] =>
  Object.keys(members)
    .filter((name) => name !== 'values' && !NOT_VALUES.has(name))
    .slice(0, MAX_MEMBERS)
    .map((name) => {
      const fault = new Fault('MEMBER_STRAY', `"${cut(name)}"; put it into "values", or leave it out`);
      return { place: place + pointerStep(name), fault, readings: 1 };
    });

const readMembers = (
  given: JsonMembers,
  { members, isFlat, size }: Inside,
  place: string,
  numbers: NumberIds,
): Observation => {
  if (size > MAX_MEMBERS) throw new Fault('VALUES_TOO_MANY', `${size} members; send at most ${MAX_MEMBERS} a reading`);
  const time = timeOf(given);
  const id = idOf(given, place, numbers);
  const valuesPlace = isFlat ? place : `${place}/values`;
  const { values, refused } = readValues(members, valuesPlace, isFlat);
  if (values.size === 0 && refused.length === 0) {
    throw new Fault('NO_VALUES', 'send at least one property, as in {"time": "…", "values": {"pm2_5": 38.5}}');
  }
  return { time, id, place: valuesPlace, values, refused: isFlat ? refused : [...refused, ...strays(given, place)] };
};

const readObservation = (given: unknown, place: string, numbers: NumberIds): Observation | Refusal => {
  if (!isObject(given)) {
    const fault = new Fault('PAYLOAD_SHAPE', `found ${shown(given)} where an object of values was expected`);
    return { place, fault, readings: 1 };
  }
  const of = inside(given);
  try {
    return readMembers(given, of, place, numbers);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { place, fault: error, readings: Math.max(1, of.size) };
  }
};

const parse = (payload: Uint8Array): { readonly given: unknown; readonly text: string } => {
  if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send a JSON object of values');
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = bytes.toString('utf8');
  try {
    return { given: JSON.parse(text), text };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new Fault('PAYLOAD_NOT_JSON', `${reason}; check quotes, commas and that the payload is not cut off`, {
      cause,
    });
  }
};

const tooMany = (count: number): Fault =>
  new Fault('PAYLOAD_TOO_LONG', `${count} readings; send at most ${MAX_OBSERVATIONS} a packet`);

/** Sorts the elements of an array into observations and refusals; in an array every element needs its own time. */
const readArray = (elements: readonly unknown[], numbers: NumberIds): Message => {
  if (elements.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one reading');
  if (elements.length > MAX_OBSERVATIONS) throw tooMany(elements.length);
  const observations: Observation[] = [];
  const refused: Refusal[] = [];
  elements.forEach((element, index) => {
    const read = readObservation(element, `/${index}`, numbers);
    if ('fault' in read) {
      refused.push(read);
    } else if (read.time === undefined) {
      const fault = new Fault('TIME_MISSING', 'add "time"; only a single reading may take its time from its arrival');
      refused.push({ place: `/${index}`, fault, readings: Math.max(1, read.values.size + read.refused.length) });
    } else {
      observations.push(read);
    }
  });
  return { observations, refused };
};

const write = ({ time, id, values }: OutgoingObservation): JsonMembers => ({
  ...(time === undefined ? {} : { time: formatInstant(time) }),
  ...(id === undefined ? {} : { id }),
  values: Object.fromEntries(values),
});

/**
 * The native format: an object `{"time", "id", "values": {…}}`, the same flat, or an array of up to 1,000 of them.
 * `time` is RFC 3339, or seconds since 1970, milliseconds from 10^11 on, cut to whole milliseconds.
 */
export const json: Codec = {
  name: 'json',
  version: 2,
  contentType: 'application/json',

  decode(payload) {
    const { given, text } = parse(payload);
    const numbers = new NumberIds(text);
    if (Array.isArray(given)) return readArray(given, numbers);
    if (!isObject(given)) throw new Fault('PAYLOAD_SHAPE', `found ${shown(given)}; send an object or an array of them`);
    const read = readObservation(given, '', numbers);
    if ('fault' in read) return { observations: [], refused: [read] };
    return { observations: [read], refused: [] };
  },

  tooLong(payload) {
    const count = lengthBeyond(MAX_OBSERVATIONS, payload);
    return count === undefined ? undefined : tooMany(count);
  },

  encode(observations) {
    const [only] = observations;
    const written = observations.length === 1 && only !== undefined ? write(only) : observations.map(write);
    return Buffer.from(JSON.stringify(written));
  },
};
