import type { Codec, DecodeOptions, OutgoingObservation } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import {
  explainValue,
  readValue,
  refuseRepeated,
  repeatedIn,
  shownName,
  shownValue,
} from '#model/payload/given-value.ts';
import { readJsonPayload } from '#model/payload/json-payload.ts';
import { readJsonText, type RepeatedNames } from '#model/payload/json-text.ts';
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

type JsonMembers = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
      `"${name}" is ${shownValue(given)}; send RFC 3339 with an offset ("2026-11-24T03:00:00Z") or a number of seconds or milliseconds since 1970`,
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
  readonly #duplicateNames: DecodeOptions['duplicateNames'];
  #isUnusual: boolean | undefined;
  #sources: ReadonlyMap<string, string> | undefined;

  constructor(text: string, { duplicateNames }: DecodeOptions) {
    this.#text = text;
    this.#duplicateNames = duplicateNames;
  }

  /** @param place of the observation: empty, or `/3` in an array */
  textOf(id: number, place: string): string {
    const isPlain = Number.isSafeInteger(id) && !Object.is(id, -0);
    if (isPlain && !(this.#isUnusual ??= UNUSUAL_ID.test(this.#text))) return String(id);
    this.#sources ??= this.#read();
    return this.#sources.get(place) || String(id);
  }

  /** Reads the payload a second time, slowly: with the source text of each id. */
  #read(): ReadonlyMap<string, string> {
    const { values, idTexts } = readJsonText(this.#text, { duplicateNames: this.#duplicateNames ?? 'last' });
    const [given] = values;
    const elements: readonly unknown[] = values.length > 1 ? values : Array.isArray(given) ? given : [];
    const places = elements.map((each, index) => [each, `/${index}`] as const);
    return new Map([[given, ''] as const, ...places].map(([each, place]) => [place, idTexts.get(each) ?? '']));
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
    `"id" is ${shownValue(given)}; send a number or a text of at most ${MAX_ID_CHARACTERS} characters`,
  );
};

interface Values {
  readonly values: ReadonlyMap<string, number | null>;
  readonly truths: ReadonlySet<string> | undefined;
  readonly refused: readonly Refusal[];
}

const NONE_REFUSED: readonly Refusal[] = [];

/** What the readings of one payload share. */
interface Context {
  readonly options: DecodeOptions;
  readonly numbers: NumberIds;
  readonly repeated: RepeatedNames;
}

/** The value of a member; undefined for what is none or not the only one, with the refusal that says so. */
const readMember = (
  members: JsonMembers,
  name: string,
  place: string,
  { options, repeated }: Context,
): number | null | Refusal => {
  const occurrences = repeatedIn(repeated, members, name);
  if (occurrences !== undefined) return refuseRepeated(name, place + pointerStep(name), occurrences);
  const given = members[name];
  const value = readValue(given, options);
  if (value !== undefined) return value;
  return { place: place + pointerStep(name), fault: explainValue(name, given, options), readings: 1 };
};

const readValues = (members: JsonMembers, place: string, isFlat: boolean, context: Context): Values => {
  const values = new Map<string, number | null>();
  let truths: Set<string> | undefined;
  let refused: Refusal[] | undefined;
  for (const name of Object.keys(members)) {
    if (isFlat && NOT_VALUES.has(name)) continue;
    const read = readMember(members, name, place, context);
    if (read !== null && typeof read === 'object') {
      refused ??= [];
      refused.push(read);
      continue;
    }
    values.set(name, read);
    if (typeof members[name] === 'boolean') (truths ??= new Set()).add(name);
  }
  return { values, truths, refused: refused ?? NONE_REFUSED };
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
const strays = (members: JsonMembers, place: string, { repeated }: Context): readonly Refusal[] =>
  Object.keys(members)
    .filter((name) => name !== 'values' && !NOT_VALUES.has(name))
    .slice(0, MAX_MEMBERS)
    .map((name) => {
      const fault = new Fault('MEMBER_STRAY', `${shownName(name)}; put it into "values", or leave it out`);
      return { place: place + pointerStep(name), fault, readings: repeatedIn(repeated, members, name)?.length ?? 1 };
    });

/** @throws Fault where the time, the id or `values` stands twice: no value of the observation can be placed then */
const checkOnce = (given: JsonMembers, { repeated }: Context): void => {
  if (repeated.size === 0) return;
  for (const name of [...NOT_VALUES, 'values']) {
    const occurrences = repeatedIn(repeated, given, name);
    if (occurrences !== undefined) throw refuseRepeated(name, '', occurrences).fault;
  }
};

const readMembers = (
  given: JsonMembers,
  { members, isFlat, size }: Inside,
  place: string,
  context: Context,
): Observation => {
  checkOnce(given, context);
  if (size > MAX_MEMBERS) throw new Fault('VALUES_TOO_MANY', `${size} members; send at most ${MAX_MEMBERS} a reading`);
  const time = timeOf(given);
  const id = idOf(given, place, context.numbers);
  const valuesPlace = isFlat ? place : `${place}/values`;
  const { values, truths, refused } = readValues(members, valuesPlace, isFlat, context);
  if (values.size === 0 && refused.length === 0) {
    throw new Fault('NO_VALUES', 'send at least one property, as in {"time": "…", "values": {"pm2_5": 38.5}}');
  }
  const all = isFlat ? refused : [...refused, ...strays(given, place, context)];
  return { time, id, place: valuesPlace, values, truths, refused: all };
};

/** Number of values that are lost with an observation. */
const sizeOf = (given: JsonMembers, { members, isFlat, size }: Inside, { repeated }: Context): number => {
  if (repeated.size === 0) return size;
  const twice = isFlat ? undefined : repeatedIn(repeated, given, 'values');
  if (twice !== undefined)
    return twice.reduce((sum, { value }) => sum + (isObject(value) ? Object.keys(value).length : 1), 0);
  const names = Object.keys(members).filter((name) => !isFlat || !NOT_VALUES.has(name));
  const further = names.map((name) => repeatedIn(repeated, members, name)?.length ?? 1);
  return further.reduce((sum, count) => sum + count - 1, size);
};

const readObservation = (given: unknown, place: string, context: Context): Observation | Refusal => {
  if (!isObject(given)) {
    const fault = new Fault('PAYLOAD_SHAPE', `found ${shownValue(given)} where an object of values was expected`);
    return { place, fault, readings: 1 };
  }
  const of = inside(given);
  try {
    return readMembers(given, of, place, context);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { place, fault: error, readings: Math.max(1, sizeOf(given, of, context)) };
  }
};

const tooMany = (count: number): Fault =>
  new Fault('PAYLOAD_TOO_LONG', `${count} readings; send at most ${MAX_OBSERVATIONS} a packet`);

/** Sorts the elements of an array into observations and refusals; in an array every element needs its own time. */
const readArray = (elements: readonly unknown[], context: Context): Message => {
  if (elements.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one reading');
  if (elements.length > MAX_OBSERVATIONS) throw tooMany(elements.length);
  const observations: Observation[] = [];
  const refused: Refusal[] = [];
  elements.forEach((element, index) => {
    const read = readObservation(element, `/${index}`, context);
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
  version: 3,
  contentType: 'application/json',

  decode(payload, options = {}) {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send a JSON object of values');
    const { given, text, repeated } = readJsonPayload(payload, options);
    const context = { options, repeated, numbers: new NumberIds(text, options) };
    if (Array.isArray(given)) return readArray(given, context);
    if (!isObject(given))
      throw new Fault('PAYLOAD_SHAPE', `found ${shownValue(given)}; send an object or an array of them`);
    const read = readObservation(given, '', context);
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
