import type { Codec, DecodeOptions, OutgoingObservation } from '#model/readings/codec.ts';
import { hasNoClock } from '#model/payload/device-time.ts';
import { Fault } from '#model/base/fault.ts';
import { type Instant, formatInstant, parseInstant } from '#model/base/instant.ts';
import type { Message, Observation, Refusal } from '#model/readings/message.ts';
import { lengthBeyond } from '#model/base/json-length.ts';
import { type JsonPayload, readJsonPayload } from '#model/payload/json-payload.ts';
import {
  at,
  isObject,
  type Members,
  nothing,
  type Said,
  saidIn,
  type UplinkContext,
  type UplinkShape,
} from './uplink-values.ts';

const MAX_UPLINKS = 1_000;

const parse = (payload: Uint8Array, options: DecodeOptions): JsonPayload => {
  if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send the uplink as the network server writes it');
  try {
    return readJsonPayload(payload, options);
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.code !== 'PAYLOAD_NOT_JSON') throw cause;
    throw new Fault('PAYLOAD_NOT_JSON', 'choose JSON, not protobuf, in the MQTT integration of the network server', {
      cause,
    });
  }
};

/** Signal of the antenna with the best reception, for values that the device did not report itself. */
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

/**
 * The time of the device; that of the network server where the device has none, or no clock. A device that counts back counts
 * from the reception.
 */
const betterTime = ({ time: own, sinceArrival = 0 }: Said, ofNetwork: Instant | undefined): Instant | undefined => {
  if (own !== undefined && (ofNetwork === undefined || !hasNoClock(own))) return own;
  return ofNetwork === undefined ? undefined : ofNetwork + sinceArrival;
};

const idOf = (given: Members, { id: way }: UplinkShape): string | undefined => {
  const id = way === undefined ? undefined : at(given, way);
  return typeof id === 'string' && id !== '' && id.length <= 128 ? id.toWellFormed() : undefined;
};

/** One that is not known is a missing value, and no refusal. */
const addBattery = (level: unknown, values: Map<string, number | null>): void => {
  if (!values.has('battery_level')) values.set('battery_level', typeof level === 'number' ? level : null);
};

const readUplink = (
  given: unknown,
  shape: UplinkShape,
  context: UplinkContext,
  place: string,
): readonly Observation[] => {
  if (!isObject(given)) throw new Fault('PAYLOAD_SHAPE', 'send an uplink as the network server writes it');
  if (given['simulated'] === true) throw new Fault('PAYLOAD_SHAPE', 'the uplink is simulated; discard it');
  const battery = shape.battery(given);
  const said = battery?.isAll === true ? [nothing(place)] : saidIn(given, shape, context, place);
  const [time, id] = [timeOf(given, shape), idOf(given, shape)];
  const newest = said.at(-1);
  if (newest !== undefined) {
    addSignal(given, shape, newest.values);
    if (battery !== undefined) addBattery(battery.level, newest.values);
  }
  return said.map((each) => ({ ...each, time: betterTime(each, time), id: each.id ?? id }));
};

const tooMany = (count: number): Fault =>
  new Fault('PAYLOAD_TOO_LONG', `${count} uplinks; send at most ${MAX_UPLINKS} a packet`);

const nest = (way: readonly string[], value: unknown): unknown =>
  way.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

/** A codec for the uplinks of a network server: one object, or an array of them. The raw payload is read by the codec of its device. */
export const uplinkCodec = (shape: UplinkShape): Codec => ({
  name: shape.name,
  version: 3,
  contentType: shape.contentType,

  decode(payload, options = {}): Message {
    const { given, repeated } = parse(payload, options);
    const context = { options, repeated };
    const uplinks = Array.isArray(given) ? given : [given];
    if (uplinks.length === 0) throw new Fault('NO_VALUES', 'the array is empty; send at least one uplink');
    if (uplinks.length > MAX_UPLINKS) throw tooMany(uplinks.length);
    const observations: Observation[] = [];
    const refused: Refusal[] = [];
    uplinks.forEach((uplink, index) => {
      const place = Array.isArray(given) ? `/${index}` : '';
      try {
        observations.push(...readUplink(uplink, shape, context, place));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        refused.push({ place, fault: error, readings: 1 });
      }
    });
    return { observations, refused };
  },

  tooLong(payload) {
    const count = lengthBeyond(MAX_UPLINKS, payload);
    return count === undefined ? undefined : tooMany(count);
  },

  encode(outgoing: readonly OutgoingObservation[]): Uint8Array {
    const written = outgoing.map(({ time, values }) => ({
      ...(time === undefined ? {} : Object(nest(shape.times.at(-1) ?? [], formatInstant(time)))),
      ...Object(nest(shape.values, Object.fromEntries(values))),
    }));
    return Buffer.from(JSON.stringify(written.length === 1 ? written[0] : written));
  },
});
