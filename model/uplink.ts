import type { Codec, Outgoing } from './codec.ts';
import { Fault } from './fault.ts';
import { type Instant, formatInstant, parseInstant } from './instant.ts';
import { pointerStep } from './json-pointer.ts';
import type { Message, Observation, Refusal } from './message.ts';

type Members = Readonly<Record<string, unknown>>;

/** Where a network server's JSON has what an uplink says. */
export interface UplinkShape {
  readonly name: 'chirpstack' | 'ttn';
  readonly contentType: string;
  /** Way to the decoded values. */
  readonly values: readonly string[];
  /** Ways to the time of reception, the best first. */
  readonly times: readonly (readonly string[])[];
  /** Way to the number that is the uplink's own; none where it has none. */
  readonly id: readonly string[] | undefined;
  /** Way to what each antenna heard: entries with `rssi` (dBm) and `snr` (dB). */
  readonly antennas: readonly string[];
  /** What to do where it has no decoded values. */
  readonly advice: string;
}

const MAX_UPLINKS = 1_000;
const MAX_VALUES = 256;
const MAX_DEPTH = 3;
const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'null', 'na', 'n/a', '-nan']);

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (given: unknown, way: readonly string[]): unknown =>
  way.reduce<unknown>((below, key) => (isObject(below) && Object.hasOwn(below, key) ? below[key] : undefined), given);

const parse = (payload: Uint8Array): unknown => {
  if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send the uplink as the network server writes it');
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch (cause) {
    throw new Fault('PAYLOAD_NOT_JSON', 'choose JSON, not protobuf, in the MQTT integration of the network server', {
      cause,
    });
  }
};

/** A number, null for missing, or undefined for what is neither; a truth is 1 or 0. */
const valueOf = (value: unknown): number | null | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value === null || (typeof value === 'string' && MISSING.has(value.trim().toLowerCase())) ? null : undefined;
};

interface Gathered {
  readonly values: Map<string, number | null>;
  readonly refused: Refusal[];
}

/** Nested values get the names of their way, joined: `{"distance": {"1": 5.03}}` is `distance_1`. */
const gather = (members: Members, into: Gathered, prefix: string, place: string, depth = 1): void => {
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

/** Of the antenna that heard it best, for those that the device did not tell itself. */
const addSignal = (given: Members, shape: UplinkShape, values: Map<string, number | null>): void => {
  const heard = at(given, shape.antennas);
  const antennas = Array.isArray(heard) ? heard.filter(isObject) : [];
  // a JSON of proto3 leaves out what is zero
  const snrOf = ({ snr = 0 }: Members): number => (typeof snr === 'number' ? snr : Number.NEGATIVE_INFINITY);
  const [best] = antennas.toSorted((a, b) => snrOf(b) - snrOf(a));
  if (best === undefined) return;
  if (typeof best['rssi'] === 'number' && !values.has('rssi')) values.set('rssi', best['rssi']);
  if (Number.isFinite(snrOf(best)) && !values.has('snr')) values.set('snr', snrOf(best));
};

const timeOf = (given: Members, { times }: UplinkShape): Instant | undefined => {
  const told = times.map((way) => at(given, way)).find((time) => time !== undefined && time !== null);
  if (told === undefined) return undefined;
  const time = typeof told === 'string' ? parseInstant(told) : undefined;
  if (time !== undefined) return time;
  throw new Fault('TIME_UNREADABLE', 'send the time as the network server writes it, RFC 3339');
};

const idOf = (given: Members, { id: way }: UplinkShape): string | undefined => {
  const id = way === undefined ? undefined : at(given, way);
  return typeof id === 'string' && id !== '' && id.length <= 128 ? id : undefined;
};

const readUplink = (given: unknown, shape: UplinkShape, place: string): Observation => {
  if (!isObject(given)) throw new Fault('PAYLOAD_SHAPE', 'send an uplink as the network server writes it');
  if (given['simulated'] === true) throw new Fault('PAYLOAD_SHAPE', 'the uplink is simulated; discard it');
  const decoded = at(given, shape.values);
  if (!isObject(decoded)) throw new Fault('NO_VALUES', shape.advice);
  const valuesPlace = place + shape.values.map(pointerStep).join('');
  const found: Gathered = { values: new Map(), refused: [] };
  gather(decoded, found, '', valuesPlace);
  if (found.values.size === 0 && found.refused.length === 0) throw new Fault('NO_VALUES', shape.advice);
  addSignal(given, shape, found.values);
  return { time: timeOf(given, shape), id: idOf(given, shape), place: valuesPlace, ...found };
};

const nest = (way: readonly string[], value: unknown): unknown =>
  way.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

/** A codec for the uplinks of a network server: one object, or an array of them. It reads decoded values only. */
export const uplinkCodec = (shape: UplinkShape): Codec => ({
  name: shape.name,
  version: 1,
  contentType: shape.contentType,

  decode(payload): Message {
    const given = parse(payload);
    const uplinks = Array.isArray(given) ? given : [given];
    if (uplinks.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one uplink');
    if (uplinks.length > MAX_UPLINKS) {
      throw new Fault('PAYLOAD_TOO_LONG', `${uplinks.length} uplinks; send at most ${MAX_UPLINKS} a packet`);
    }
    const observations: Observation[] = [];
    const refused: Refusal[] = [];
    uplinks.forEach((uplink, index) => {
      const place = Array.isArray(given) ? `/${index}` : '';
      try {
        observations.push(readUplink(uplink, shape, place));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        refused.push({ place, fault: error, readings: 1 });
      }
    });
    return { observations, refused };
  },

  encode(outgoing: readonly Outgoing[]): Uint8Array {
    const written = outgoing.map(({ time, values }) => ({
      ...(time === undefined ? {} : Object(nest(shape.times.at(-1) ?? [], formatInstant(time)))),
      ...Object(nest(shape.values, Object.fromEntries(values))),
    }));
    return Buffer.from(JSON.stringify(written.length === 1 ? written[0] : written));
  },
});
