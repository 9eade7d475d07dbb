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
import type { RepeatedNames } from '#model/payload/json-text.ts';
import { type TimeReader, USUAL_TIMES } from '#model/payload/device-time.ts';
import { formatInstant } from '#model/base/instant.ts';
import { idOf, type Inside, isHead, NumberIds, timeOf } from '#model/payload/json-head.ts';
import { lengthBeyond } from '#model/base/json-length.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import { type FlatMembers, flatten, type JsonMembers } from '#model/payload/nested-members.ts';
import type { MemberRules, Nesting } from '#model/payload/member-rules.ts';
import { lostTo, type Message, type Observation, type Refusal } from '#model/readings/message.ts';

/** Observations in one packet: a day of one-minute readings fits into two packets. */
export const MAX_OBSERVATIONS = 1_000;

/** Values in one observation: many times the properties of any family. */
const MAX_MEMBERS = 256;

const isObject = (value: unknown): value is JsonMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inside = (members: JsonMembers, { times, ignored }: Context): Inside => {
  const nested = members['values'];
  if (isObject(nested)) {
    const size = Object.keys(nested).filter((name) => !ignored.has(name)).length;
    return { members: nested, isFlat: false, size };
  }
  const isValue = (name: string): boolean => !isHead(name, members[name], true, times) && !ignored.has(name);
  return { members, isFlat: true, size: Object.keys(members).filter(isValue).length };
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
  /** Names of members that are not wanted. */
  readonly ignored: ReadonlySet<string>;
  /** Ways to nested members; absent where each is one step of its own name. */
  readonly steps?: ReadonlyMap<string, string> | undefined;
}

const NONE_IGNORED: ReadonlySet<string> = new Set();

const stepTo = (name: string, { steps }: Context): string => steps?.get(name) ?? pointerStep(name);

/** The value of a member; undefined for what is none or not the only one, with the refusal that says so. */
const readMember = (members: JsonMembers, name: string, place: string, context: Context): number | null | Refusal => {
  const { options, repeated } = context;
  const occurrences = repeatedIn(repeated, members, name);
  if (occurrences !== undefined) return refuseRepeated(name, place + stepTo(name, context), occurrences);
  const given = members[name];
  const value = readValue(given, options);
  if (value !== undefined) return value;
  return { place: place + stepTo(name, context), fault: explainValue(name, given, options), readings: 1 };
};

const readValues = ({ members, isFlat }: Inside, place: string, context: Context): Values => {
  const values = new Map<string, number | null>();
  let truths: Set<string> | undefined;
  let refused: Refusal[] | undefined;
  for (const name of Object.keys(members)) {
    if (isHead(name, members[name], isFlat, context.times) || context.ignored.has(name)) continue;
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
const strays = (members: JsonMembers, place: string, { repeated, times, ignored }: Context): readonly Refusal[] =>
  Object.keys(members)
    .filter((name) => name !== 'values' && !isHead(name, members[name], true, times) && !ignored.has(name))
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

/** True where a member is not wanted: a message of such members is empty, and not refused. */
const hasIgnored = (given: JsonMembers, { members }: Inside, { ignored }: Context): boolean =>
  [given, members].some((object) => Object.keys(object).some((name) => ignored.has(name)));

/** The ways to nested members. */
const stepsOf = (values: ReadonlyMap<string, unknown>, context: Context): Pick<Observation, 'steps'> =>
  context.steps === undefined
    ? {}
    : { steps: new Map(Array.from(values.keys(), (name) => [name, stepTo(name, context)] as const)) };

const readMembers = (given: JsonMembers, of: Inside, place: string, context: Context): Observation => {
  const { isFlat, size } = of;
  checkOnce(given, of, context);
  if (size > MAX_MEMBERS) throw new Fault('VALUES_TOO_MANY', `${size} members; send at most ${MAX_MEMBERS} a reading`);
  const time = timeOf(given, of, context.times);
  const id = idOf(given, place, context.numbers);
  const valuesPlace = isFlat ? place : `${place}/values`;
  const { values, truths, refused } = readValues(of, valuesPlace, context);
  if (values.size === 0 && refused.length === 0 && !hasIgnored(given, of, context)) {
    throw new Fault('NO_VALUES', 'send at least one property, as in {"time": "…", "values": {"pm2_5": 38.5}}');
  }
  const all = isFlat ? refused : [...refused, ...strays(given, place, context)];
  return { time, id, place: valuesPlace, ...stepsOf(values, context), values, truths, refused: all };
};

/** Number of values that are lost with an observation. */
const sizeOf = (
  given: JsonMembers,
  { members, isFlat, size }: Inside,
  { repeated, times, ignored }: Context,
): number => {
  if (repeated.size === 0) return size;
  const twice = isFlat ? undefined : repeatedIn(repeated, given, 'values');
  if (twice !== undefined)
    return twice.reduce((sum, { value }) => sum + (isObject(value) ? Object.keys(value).length : 1), 0);
  const names = Object.keys(members).filter(
    (name) => !isHead(name, members[name], isFlat, times) && !ignored.has(name),
  );
  const further = names.map((name) => repeatedIn(repeated, members, name)?.length ?? 1);
  return further.reduce((sum, count) => sum + count - 1, size);
};

const readObservation = (given: unknown, place: string, context: Context): Observation | Refusal => {
  if (!isObject(given)) {
    const fault = new Fault('PAYLOAD_SHAPE', `found ${shownValue(given)} where an object of values was expected`);
    return { place, fault, readings: 1 };
  }
  const of = inside(given, context);
  try {
    return readMembers(given, of, place, context);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { place, fault: error, readings: Math.max(1, sizeOf(given, of, context)) };
  }
};

const tooMany = (count: number): Fault =>
  new Fault('PAYLOAD_TOO_LONG', `${count} readings; send at most ${MAX_OBSERVATIONS} a packet`);

/** One element of an array, and its place. */
interface Element {
  readonly given: unknown;
  readonly place: string;
}

/** Reads one element: what it says itself, and the messages within it. */
type ReadElement = (element: Element) => {
  readonly read: Observation | Refusal | undefined;
  readonly inner: readonly Element[];
};

/** Sorts elements into observations and refusals; each needs its own time. */
const readElements = (
  elements: readonly Element[],
  readElement: ReadElement,
  readInner: ReadElement = readElement,
): Message => {
  const observations: Observation[] = [];
  const refused: Refusal[] = [];
  for (const element of elements) {
    const { place } = element;
    const { read, inner } = readElement(element);
    const within = readElements(inner, readInner);
    observations.push(...within.observations);
    refused.push(...within.refused);
    if (read === undefined) continue;
    if ('fault' in read) refused.push(read);
    else if (read.time === undefined) {
      const fault = new Fault('TIME_MISSING', 'add "time"; only a single reading may take its time from its arrival');
      refused.push({ place, fault, readings: Math.max(1, read.values.size + lostTo(read.refused)) });
    } else observations.push(read);
  }
  return { observations, refused };
};

const elementsOf = (given: readonly unknown[]): readonly Element[] =>
  given.map((element, index) => ({ given: element, place: `/${index}` }));

const readArray = (elements: readonly unknown[], context: Context): Message => {
  if (elements.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one reading');
  if (elements.length > MAX_OBSERVATIONS) throw tooMany(elements.length);
  return readElements(elementsOf(elements), ({ given, place }) => ({
    read: readObservation(given, place, context),
    inner: [],
  }));
};

/** Nested members are read as those of a flat message with their names. */
const readFlat = (flat: FlatMembers, place: string, context: Context): Observation | Refusal | undefined => {
  const { members, steps, repeated, refused } = flat;
  const read = readObservation(members, place, { ...context, repeated, steps });
  if (!('fault' in read)) return { ...read, refused: [...read.refused, ...refused] };
  if (read.fault.code !== 'NO_VALUES') return read;
  if (refused.length > 0) return { time: undefined, id: undefined, place, values: new Map(), refused };
  return flat.inner.length > 0 || flat.hasIgnored ? undefined : read;
};

const nestedReader =
  (rules: MemberRules, nesting: Nesting, context: Context): ReadElement =>
  ({ given, place }) => {
    const isList = Array.isArray(given);
    if (!isList && !isObject(given)) return { read: readObservation(given, place, context), inner: [] };
    const { repeated, options } = context;
    const flat = flatten(given, { rules, nesting, repeated, duplicateNames: options.duplicateNames, place });
    const inner = flat.inner.map(({ given: message, step }) => ({ given: message, place: place + step }));
    return { read: readFlat(flat, place, context), inner };
  };

const readNested = (given: unknown, rules: MemberRules, nesting: Nesting, context: Context): Message => {
  const readOuter = nestedReader(rules, nesting, context);
  const readInner = nestedReader(rules, { ...nesting, messages: [] }, context);
  if (Array.isArray(given) && !Object.hasOwn(nesting.lists, '')) {
    if (given.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one reading');
    return checkLength(readElements(elementsOf(given), readOuter, readInner));
  }
  const { read, inner } = readOuter({ given, place: '' });
  const within = readElements(inner, readInner);
  const isRefused = read !== undefined && 'fault' in read;
  return checkLength({
    observations: read === undefined || isRefused ? within.observations : [...within.observations, read],
    refused: isRefused ? [...within.refused, read] : within.refused,
  });
};

/** @throws Fault for more observations than a packet may hold */
const checkLength = (message: Message): Message => {
  const count = message.observations.length + message.refused.length;
  if (count > MAX_OBSERVATIONS) throw tooMany(count);
  return message;
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
    const { ignored = NONE_IGNORED, nesting } = options.members ?? {};
    const context = { options, times, repeated, ignored, numbers: new NumberIds(text, options) };
    if (options.members !== undefined && nesting !== undefined)
      return readNested(given, options.members, nesting, context);
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
