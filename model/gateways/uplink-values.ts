import type { Carried } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Refusal } from '#model/readings/message.ts';

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
const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'null', 'na', 'n/a', '-nan']);

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at the end of a path, or undefined. */
export const at = (given: unknown, way: readonly string[]): unknown =>
  way.reduce<unknown>((below, key) => (isObject(below) && Object.hasOwn(below, key) ? below[key] : undefined), given);

/** A number, null for missing, or undefined for what is neither; a truth is 1 or 0. */
const valueOf = (value: unknown): number | null | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value === null || (typeof value === 'string' && MISSING.has(value.trim().toLowerCase())) ? null : undefined;
};

interface GatheredValues {
  readonly values: Map<string, number | null>;
  readonly refused: Refusal[];
}

/** Nested values get the names of their way, joined: `{"distance": {"1": 5.03}}` is `distance_1`. */
// oxlint-disable-next-line max-params -- the state of a recursion
const gather = (members: Members, into: GatheredValues, prefix: string, place: string, depth = 1): void => {
  for (const [key, member] of Object.entries(members)) {
    const name = prefix === '' ? key : `${prefix}_${key}`;
    const where = place + pointerStep(key);
    if (into.values.size + into.refused.length >= MAX_VALUES) {
      throw new Fault('VALUES_TOO_MANY', `send at most ${MAX_VALUES} a reading`);
    }
    const value = valueOf(member);
    if (value !== undefined) into.values.set(name, value);
    else if (isObject(member) && depth < MAX_DEPTH) gather(member, into, name, where, depth + 1);
    else {
      const fault = new Fault(
        'VALUE_NOT_A_NUMBER',
        `"${name.slice(0, 60)}"; let the decoder give a number, or leave it out`,
      );
      into.refused.push({ place: where, fault, readings: 1 });
    }
  }
};

/** One moment of an uplink, before the network server's own word of time, number and signal. */
export interface Said extends GatheredValues {
  readonly time: Instant | undefined;
  readonly id: string | undefined;
  readonly place: string;
}

/** One that holds nothing yet. */
export const nothing = (place: string): Said => ({
  time: undefined,
  id: undefined,
  place,
  values: new Map(),
  refused: [],
});

const decoded = (given: Members, shape: UplinkShape, place: string): Said | undefined => {
  const members = at(given, shape.values);
  if (!isObject(members)) return undefined;
  const said = nothing(place + shape.values.map(pointerStep).join(''));
  gather(members, said, '', said.place);
  return said.values.size + said.refused.length === 0 ? undefined : said;
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The device's own bytes, by its own codec; undefined where there are none. */
const carriedIn = (
  given: Members,
  shape: UplinkShape,
  { codec }: Carried,
  place: string,
): readonly Said[] | undefined => {
  const raw = at(given, shape.raw);
  if (codec === undefined || typeof raw !== 'string' || raw === '') return undefined;
  const where = place + shape.raw.map(pointerStep).join('');
  if (!BASE64.test(raw)) throw new Fault('PAYLOAD_UNREADABLE', `${where} is not base64`);
  const { observations, refused } = codec.decode(Buffer.from(raw, 'base64'));
  const within = (refusal: Refusal): Refusal => ({ ...refusal, place: where + refusal.place });
  const said = observations.map((each) => ({
    ...each,
    place: where + each.place,
    values: new Map(each.values),
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
  carried: Carried,
  place: string,
): readonly Said[] | undefined => {
  try {
    return carriedIn(given, shape, carried, place);
  } catch (error) {
    if (error instanceof Fault && error.code === 'PAYLOAD_NOT_JSON') return undefined;
    throw error;
  }
};

/**
 * The message of the device: as the network server decoded it, or in the device's own bytes where it did not decode it, or
 * where the registration puts these first.
 * @throws Fault `NO_VALUES` where there is neither
 */
export const saidIn = (
  given: Members,
  shape: UplinkShape,
  carried: Carried | undefined,
  place: string,
): readonly Said[] => {
  const raw = (): readonly Said[] | undefined =>
    carried === undefined ? undefined : carriedOrNone(given, shape, carried, place);
  const first = carried?.isFirst === true ? raw() : undefined;
  if (first !== undefined) return first;
  const values = decoded(given, shape, place);
  const said = values === undefined ? raw() : [values];
  if (said === undefined) throw new Fault('NO_VALUES', shape.advice);
  return said;
};
