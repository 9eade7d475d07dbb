import type { DecodeOptions } from '#model/readings/codec.ts';
import { USUAL_TIMES } from '#model/payload/device-time.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { RepeatedNames } from '#model/payload/json-text.ts';
import { explainNameTwice, readValue, refuseRepeated, repeatedIn, shownName } from '#model/payload/given-value.ts';
import { isNotJson } from '#model/payload/json-payload.ts';
import type { Observation, Refusal } from '#model/readings/message.ts';

export type Members = Readonly<Record<string, unknown>>;

/** Where a network server's JSON has what an uplink says. */
export interface UplinkShape {
  readonly name: 'chirpstack' | 'ttn';
  readonly contentType: string;
  /** Way to the decoded values. */
  readonly values: readonly string[];
  /** Way to the bytes that the device sent, base64. */
  readonly raw: readonly string[];
  /** Ways to the time of reception, the best first. */
  readonly times: readonly (readonly string[])[];
  /** Way to the number that is the uplink's own; none where it has none. */
  readonly id: readonly string[] | undefined;
  /** Way to what each antenna heard: entries with `rssi` (dBm) and `snr` (dB). */
  readonly antennas: readonly string[];
  /** Battery level that the network server requested from the device, in percent; `isAll`: the message is a state and not an uplink. */
  readonly battery: (given: Members) => { readonly level: unknown; readonly isAll: boolean } | undefined;
  /** The remedy where it has no values that can be read. */
  readonly advice: string;
}

const MAX_VALUES = 256;
const MAX_DEPTH = 3;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at the end of a path, or undefined. */
export const at = (given: unknown, way: readonly string[]): unknown =>
  way.reduce<unknown>((below, key) => (isObject(below) && Object.hasOwn(below, key) ? below[key] : undefined), given);

/** Values by name as an uplink has them, with every place of each name. */
interface GatheredValues {
  readonly values: Map<string, number | null>;
  readonly truths: Set<string>;
  readonly refused: Refusal[];
  /** Time that the device gave among its values. */
  time: Instant | undefined;
}

/** What the parts of one payload share. */
export interface UplinkContext {
  readonly options: DecodeOptions;
  readonly repeated: RepeatedNames;
}

/** Gathers values; nested ones get the names of their way, joined: `{"distance": {"1": 5.03}}` is `distance_1`. */
class Gathering {
  readonly #context: UplinkContext;
  readonly #places = new Map<string, string[]>();
  readonly #into: GatheredValues;
  /** True where a member was left out because it is not wanted. */
  hasIgnored = false;

  constructor(context: UplinkContext, into: GatheredValues) {
    this.#context = context;
    this.#into = into;
  }

  gather(members: Members, prefix: string, place: string, depth = 1): void {
    const { refused } = this.#into;
    for (const [key, member] of Object.entries(members)) {
      const name = prefix === '' ? key : `${prefix}_${key}`;
      if (this.#isIgnored(name)) continue;
      const where = place + pointerStep(key);
      if (this.#places.size + refused.length >= MAX_VALUES) {
        throw new Fault('VALUES_TOO_MANY', `send at most ${MAX_VALUES} a reading`);
      }
      const occurrences = repeatedIn(this.#context.repeated, members, key);
      if (occurrences === undefined && this.#takeTime(key, member)) continue;
      const value = readValue(member, this.#context.options);
      if (occurrences !== undefined) refused.push(refuseRepeated(name, where, occurrences));
      else if (value !== undefined) this.#take(name, where, value, typeof member === 'boolean');
      else if (isObject(member) && depth < MAX_DEPTH) this.gather(member, name, where, depth + 1);
      else {
        const fault = new Fault(
          'VALUE_NOT_A_NUMBER',
          `${shownName(name)}; let the decoder give a number, or leave it out`,
        );
        refused.push({ place: where, fault, readings: 1 });
      }
    }
  }

  #isIgnored(name: string): boolean {
    const isIgnored = this.#context.options.members?.ignored.has(name) === true;
    this.hasIgnored ||= isIgnored;
    return isIgnored;
  }

  /** Takes a member under a name of times whose value plainly is one; the first counts. */
  #takeTime(key: string, member: unknown): boolean {
    const { times = USUAL_TIMES } = this.#context.options;
    const time = times.isName(key) ? times.readPlain(key, member) : undefined;
    this.#into.time ??= time;
    return time !== undefined;
  }

  #take(name: string, place: string, value: number | null, isTruth: boolean): void {
    const known = this.#places.get(name);
    if (known === undefined) this.#places.set(name, [place]);
    else known.push(place);
    if (known !== undefined && this.#context.options.duplicateNames === 'first') return;
    const { values, truths } = this.#into;
    values.set(name, value);
    if (isTruth) truths.add(name);
    else truths.delete(name);
  }

  /** Refuses names that two places have, as `distance_1` and the `1` in `distance`. */
  end(): void {
    if (this.#context.options.duplicateNames !== undefined) return;
    for (const [name, places] of this.#places) {
      if (places.length === 1) continue;
      this.#into.values.delete(name);
      const fault = explainNameTwice(name, places);
      this.#into.refused.push(...places.map((place) => ({ place, fault, readings: 1 })));
    }
  }
}

/** One moment of an uplink, before the network server's own word of time, number and signal. */
export interface Said extends GatheredValues, Pick<Observation, 'sinceArrival' | 'steps' | 'units'> {
  readonly id: string | undefined;
  readonly place: string;
}

/** One that holds nothing yet. */
export const nothing = (place: string): Said => ({
  time: undefined,
  id: undefined,
  place,
  values: new Map(),
  truths: new Set(),
  refused: [],
});

const decoded = (given: Members, shape: UplinkShape, context: UplinkContext, place: string): Said | undefined => {
  const members = at(given, shape.values);
  if (!isObject(members)) return undefined;
  const said = nothing(place + shape.values.map(pointerStep).join(''));
  const gathering = new Gathering(context, said);
  gathering.gather(members, '', said.place);
  gathering.end();
  return said.values.size + said.refused.length === 0 && !gathering.hasIgnored ? undefined : said;
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The device's own bytes, by its own codec; undefined where there are none. */
const carriedIn = (
  given: Members,
  shape: UplinkShape,
  { carried, ...options }: DecodeOptions,
  place: string,
): readonly Said[] | undefined => {
  const raw = at(given, shape.raw);
  const codec = carried?.codec;
  if (codec === undefined || typeof raw !== 'string' || raw === '') return undefined;
  const where = place + shape.raw.map(pointerStep).join('');
  if (!BASE64.test(raw)) throw new Fault('PAYLOAD_UNREADABLE', `${where} is not base64`);
  const { observations, refused } = codec.decode(Buffer.from(raw, 'base64'), options);
  const within = (refusal: Refusal): Refusal => ({ ...refusal, place: where + refusal.place });
  const said = observations.map((each) => ({
    ...each,
    place: where + each.place,
    values: new Map(each.values),
    truths: new Set(each.truths),
    refused: each.refused.map(within),
  }));
  const lost = refused.map(within);
  return said.length === 0
    ? [{ ...nothing(where), refused: lost }]
    : said.map((each, index) => (index === 0 ? { ...each, refused: [...each.refused, ...lost] } : each));
};

/** JSON is what every device is registered with that was given no codec: bytes that are none were not meant for it. */
const carriedOrNone = (
  given: Members,
  shape: UplinkShape,
  options: DecodeOptions,
  place: string,
): readonly Said[] | undefined => {
  try {
    return carriedIn(given, shape, options, place);
  } catch (error) {
    if (isNotJson(error)) return undefined;
    throw error;
  }
};

/**
 * The message of the device: as the network server decoded it, or in the device's own bytes where it did not decode it, or
 * where the registration puts these first.
 * @throws Fault `NO_VALUES` where there is neither
 */
export const saidIn = (given: Members, shape: UplinkShape, context: UplinkContext, place: string): readonly Said[] => {
  const raw = (): readonly Said[] | undefined => carriedOrNone(given, shape, context.options, place);
  const first = context.options.carried?.isFirst === true ? raw() : undefined;
  if (first !== undefined) return first;
  const values = decoded(given, shape, context, place);
  const said = values === undefined ? raw() : [values];
  if (said === undefined) throw new Fault('NO_VALUES', shape.advice);
  return said;
};
