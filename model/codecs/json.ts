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
import { hasNoClock, type TimeReader, USUAL_TIMES } from '#model/payload/device-time.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { lengthBeyond } from '#model/base/json-length.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import { lostTo, type Message, type Observation, type Refusal } from '#model/readings/message.ts';

/** Observations in one packet: a day of one-minute readings fits into two packets. */
export const MAX_OBSERVATIONS = 1_000;

/** Values in one observation: many times the properties of any family. */
const MAX_MEMBERS = 256;

type JsonMembers = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * True for a member that is the time or the id, and no value.
 * @param isOutside it stands beside the values, or these have no place of their own
 */
const isHead = (name: string, value: unknown, isOutside: boolean, times: TimeReader): boolean =>
  (isOutside && name === 'id') || times.isTime(name, value, isOutside);

/** The members of an observation that hold values: those under `values`, or in a flat object all but time and id. */
interface Inside {
  readonly members: JsonMembers;
  readonly isFlat: boolean;
  /** Number of values that it would give. */
  readonly size: number;
}

const inside = (members: JsonMembers, times: TimeReader): Inside => {
  const nested = members['values'];
  if (isObject(nested)) return { members: nested, isFlat: false, size: Object.keys(nested).length };
  const size = Object.keys(members).filter((name) => !isHead(name, members[name], true, times)).length;
  return { members, isFlat: true, size };
};

const explainTime = (name: string, given: unknown): Fault =>
  new Fault(
    'TIME_UNREADABLE',
    `${shownName(name)} is ${shownValue(given)}; send RFC 3339 with an offset ("2026-11-24T03:00:00Z") or a number of seconds or milliseconds since 1970, ` +
      'or register its form: klawing device set <id> --time-member … --time-form … --time-zone …',
  );

/** The time in members that always hold one, undefined where none of them is given. */
const certainTime = (members: JsonMembers, times: TimeReader): Instant | undefined => {
  for (const name of times.members) {
    const given = Object.hasOwn(members, name) ? members[name] : undefined;
    if (given === undefined || given === null) continue;
    const time = times.read(given);
    if (time !== undefined) return time;
    throw explainTime(name, given);
  }
  return undefined;
};

/** The first member under a name of times whose value plainly is one; that of a clock which was never set comes last. */
const plainTime = (members: JsonMembers, times: TimeReader): Instant | undefined => {
  let unset: Instant | undefined;
  for (const name of Object.keys(members)) {
    if (!times.isName(name)) continue;
    const time = times.readPlain(name, members[name]);
    if (time !== undefined && !hasNoClock(time)) return time;
    unset ??= time;
  }
  return unset;
};

/** Refuses a date that cannot be read: without it the time of arrival would be taken for that of the readings. */
const refuseDates = (members: JsonMembers, times: TimeReader): void => {
  for (const name of Object.keys(members)) {
    if (times.isName(name) && times.isUnreadable(name, members[name])) throw explainTime(name, members[name]);
  }
};

/** The time of an observation: beside its values, or else among them; one that a clock shows which was set comes first. */
const timeOf = (given: JsonMembers, { members, isFlat }: Inside, times: TimeReader): Instant | undefined => {
  const certain = certainTime(given, times);
  if (certain !== undefined && !hasNoClock(certain)) return certain;
  const beside = plainTime(given, times);
  if (beside !== undefined && !hasNoClock(beside)) return beside;
  const time = (isFlat ? undefined : plainTime(members, times)) ?? beside ?? certain;
  if (time === undefined) refuseDates(given, times);
  if (time === undefined && !isFlat) refuseDates(members, times);
  return time;
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
  readonly times: TimeReader;
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

const readValues = ({ members, isFlat }: Inside, place: string, context: Context): Values => {
  const values = new Map<string, number | null>();
  let truths: Set<string> | undefined;
  let refused: Refusal[] | undefined;
  for (const name of Object.keys(members)) {
    if (isHead(name, members[name], isFlat, context.times)) continue;
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

/** Members beside `values` that are neither time nor id: each may be a reading in the wrong place, so it is reported. */
const strays = (members: JsonMembers, place: string, { repeated, times }: Context): readonly Refusal[] =>
  Object.keys(members)
    .filter((name) => name !== 'values' && !isHead(name, members[name], true, times))
    .slice(0, MAX_MEMBERS)
    .map((name) => {
      const fault = new Fault('MEMBER_STRAY', `${shownName(name)}; put it into "values", or leave it out`);
      return { place: place + pointerStep(name), fault, readings: repeatedIn(repeated, members, name)?.length ?? 1 };
    });

/** @throws Fault where the time, the id or `values` stands twice: no value of the observation can be placed then */
const checkOnce = (given: JsonMembers, { members, isFlat }: Inside, { repeated, times }: Context): void => {
  if (repeated.size === 0) return;
  const check = (of: JsonMembers, isOutside: boolean): void => {
    for (const [name, occurrences] of repeated.get(of) ?? []) {
      const isOfAll =
        (isOutside && name === 'values') || occurrences.some(({ value }) => isHead(name, value, isOutside, times));
      if (isOfAll) throw refuseRepeated(name, '', occurrences).fault;
    }
  };
  check(given, true);
  if (!isFlat) check(members, false);
};

const readMembers = (given: JsonMembers, of: Inside, place: string, context: Context): Observation => {
  const { isFlat, size } = of;
  checkOnce(given, of, context);
  if (size > MAX_MEMBERS) throw new Fault('VALUES_TOO_MANY', `${size} members; send at most ${MAX_MEMBERS} a reading`);
  const time = timeOf(given, of, context.times);
  const id = idOf(given, place, context.numbers);
  const valuesPlace = isFlat ? place : `${place}/values`;
  const { values, truths, refused } = readValues(of, valuesPlace, context);
  if (values.size === 0 && refused.length === 0) {
    throw new Fault('NO_VALUES', 'send at least one property, as in {"time": "…", "values": {"pm2_5": 38.5}}');
  }
  const all = isFlat ? refused : [...refused, ...strays(given, place, context)];
  return { time, id, place: valuesPlace, values, truths, refused: all };
};

/** Number of values that are lost with an observation. */
const sizeOf = (given: JsonMembers, { members, isFlat, size }: Inside, { repeated, times }: Context): number => {
  if (repeated.size === 0) return size;
  const twice = isFlat ? undefined : repeatedIn(repeated, given, 'values');
  if (twice !== undefined)
    return twice.reduce((sum, { value }) => sum + (isObject(value) ? Object.keys(value).length : 1), 0);
  const names = Object.keys(members).filter((name) => !isHead(name, members[name], isFlat, times));
  const further = names.map((name) => repeatedIn(repeated, members, name)?.length ?? 1);
  return further.reduce((sum, count) => sum + count - 1, size);
};

const readObservation = (given: unknown, place: string, context: Context): Observation | Refusal => {
  if (!isObject(given)) {
    const fault = new Fault('PAYLOAD_SHAPE', `found ${shownValue(given)} where an object of values was expected`);
    return { place, fault, readings: 1 };
  }
  const of = inside(given, context.times);
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
      refused.push({ place: `/${index}`, fault, readings: Math.max(1, read.values.size + lostTo(read.refused)) });
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
 * `time` is RFC 3339, or a number since 1970: seconds, milliseconds from 10^11 on, microseconds from 10^14 on, nanoseconds from 10^17 on, cut to
 * whole milliseconds. Other names of times are read where their value plainly is one (`model/payload/device-time.ts`).
 */
export const json: Codec = {
  name: 'json',
  version: 3,
  contentType: 'application/json',

  decode(payload, options = {}) {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send a JSON object of values');
    const { given, text, repeated } = readJsonPayload(payload, options);
    const { times = USUAL_TIMES } = options;
    const context = { options, times, repeated, numbers: new NumberIds(text, options) };
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
