import type { DecodeOptions } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import { shownName, shownValue } from '#model/payload/given-value.ts';
import { readJsonText } from '#model/payload/json-text.ts';
import { hasNoClock, type TimeReader } from '#model/payload/device-time.ts';
import type { Instant } from '#model/base/instant.ts';
import type { JsonMembers } from '#model/payload/nested-members.ts';

/**
 * True for a member that is the time or the id, and no value.
 * @param isOutside it stands beside the values, or these have no place of their own
 */
export const isHead = (name: string, value: unknown, isOutside: boolean, times: TimeReader): boolean =>
  (isOutside && name === 'id') || times.isTime(name, value, isOutside);

/** The members of an observation that hold values: those under `values`, or in a flat object all but time and id. */
export interface Inside {
  readonly members: JsonMembers;
  readonly isFlat: boolean;
  /** Number of values that it would give. */
  readonly size: number;
}

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
export const timeOf = (given: JsonMembers, { members, isFlat }: Inside, times: TimeReader): Instant | undefined => {
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
export class NumberIds {
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

export const idOf = (members: JsonMembers, place: string, numbers: NumberIds): string | undefined => {
  const given = members['id'];
  if (given === undefined || given === null) return undefined;
  const id = typeof given === 'number' && Number.isFinite(given) ? numbers.textOf(given, place) : given;
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARACTERS) return wellFormed(id);
  throw new Fault(
    'ID_UNREADABLE',
    `"id" is ${shownValue(given)}; send a number or a text of at most ${MAX_ID_CHARACTERS} characters`,
  );
};
