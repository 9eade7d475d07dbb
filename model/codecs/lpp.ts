import type { Codec, DecodeOptions, OutgoingObservation } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import { explainNameTwice } from '#model/payload/given-value.ts';
import { onlyObservation, viewOf } from '#model/payload/own-bytes.ts';
import type { Observation, Refusal } from '#model/readings/message.ts';

/** The members of a type, each with its number of bytes and its resolution in its unit. */
interface Kind {
  readonly name: string;
  readonly members: readonly string[];
  readonly bytes: number;
  /** Steps in one unit: a byte pair of 2725 in hundredths is 27.25. */
  readonly perUnit: number;
  readonly isSigned?: true;
}

const one = (name: string, bytes: number, perUnit: number): Kind => ({ name, members: [''], bytes, perUnit });
const signed = (kind: Kind): Kind => ({ ...kind, isSigned: true });
const axes = (name: string, perUnit: number): Kind => signed({ name, members: ['_x', '_y', '_z'], bytes: 2, perUnit });

/** Types of Cayenne LPP, with those that libraries of devices have added; names as The Things Stack has them. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [0, one('digital_in', 1, 1)],
  [1, one('digital_out', 1, 1)],
  [2, signed(one('analog_in', 2, 100))],
  [3, signed(one('analog_out', 2, 100))],
  [100, one('generic', 4, 1)],
  [101, one('luminosity', 2, 1)],
  [102, one('presence', 1, 1)],
  [103, signed(one('temperature', 2, 10))],
  [104, one('relative_humidity', 1, 2)],
  [113, axes('accelerometer', 1_000)],
  [115, one('barometric_pressure', 2, 10)],
  [116, one('voltage', 2, 100)],
  [117, one('current', 2, 1_000)],
  [118, one('frequency', 4, 1)],
  [120, one('percentage', 1, 1)],
  [121, signed(one('altitude', 2, 1))],
  [125, one('concentration', 2, 1)],
  [128, one('power', 2, 1)],
  [130, one('distance', 4, 1_000)],
  [131, one('energy', 4, 1_000)],
  [132, one('direction', 2, 1)],
  [134, axes('gyrometer', 100)],
  [142, one('switch', 1, 1)],
]);

const UNIX_TIME = 133;
/** Colour and position: of known length, and no readings of ours. */
const READ_OVER: ReadonlyMap<number, number> = new Map([
  [135, 3],
  [136, 9],
]);

/** One value of a name, and the byte of its channel. */
interface ReadValue {
  readonly at: number;
  readonly value: number;
}

interface Read {
  /** Every value of each name. */
  readonly values: Map<string, ReadValue[]>;
  readonly times: ReadValue[];
}

/** Reads what stands at a place and gives the place behind it. */
const readItem = (view: Buffer, at: number, into: Read): number => {
  const [channel, type] = [view[at] ?? 0, view[at + 1] ?? 0];
  const kind = KINDS.get(type);
  const length =
    type === UNIX_TIME
      ? 4
      : (READ_OVER.get(type) ?? (kind === undefined ? undefined : kind.bytes * kind.members.length));
  if (length === undefined) {
    throw new Fault(
      'PAYLOAD_UNREADABLE',
      `type 0x${type.toString(16).padStart(2, '0')} at byte ${at + 1}; what follows cannot be read`,
    );
  }
  const end = at + 2 + length;
  if (end > view.length)
    throw new Fault('PAYLOAD_UNREADABLE', `channel ${channel} at byte ${at} needs ${length} bytes behind its type`);
  if (type === UNIX_TIME) into.times.push({ at, value: view.readUInt32BE(at + 2) * 1_000 });
  kind?.members.forEach((member, index) => {
    const from = at + 2 + index * kind.bytes;
    const raw = kind.isSigned === true ? view.readIntBE(from, kind.bytes) : view.readUIntBE(from, kind.bytes);
    const name = `${kind.name}_${channel}${member}`;
    const value = { at, value: raw / kind.perUnit };
    const known = into.values.get(name);
    if (known === undefined) into.values.set(name, [value]);
    else known.push(value);
  });
  return end;
};

const explainTwice = (name: string, values: readonly ReadValue[]): Fault =>
  explainNameTwice(
    name,
    values.map(({ at, value }) => `${value} at byte ${at}`),
  );

/** The value of a name that counts; undefined where it has several and the registration names none of them. */
const countingOf = (values: readonly ReadValue[], { duplicateNames }: DecodeOptions): number | undefined => {
  if (duplicateNames === 'last') return values.at(-1)?.value;
  return values.length === 1 || duplicateNames === 'first' ? values[0]?.value : undefined;
};

/** @throws Fault `NAME_TWICE` where the time stands twice */
const timeOf = ({ times }: Read, options: DecodeOptions): number | undefined => {
  const time = countingOf(times, options);
  if (time === undefined && times.length > 0) throw explainTwice('unix_time', times);
  return time;
};

/** All that can be read; what cannot be, from its byte on, is one refusal. */
const read = (payload: Uint8Array, options: DecodeOptions): Observation => {
  const view = viewOf(payload);
  const into: Read = { values: new Map(), times: [] };
  const refused: Refusal[] = [];
  for (let at = 0; at < view.length; ) {
    try {
      at = readItem(view, at, into);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (into.values.size === 0) throw error;
      refused.push({ place: `/${at}`, fault: error, readings: 1 });
      break;
    }
  }
  const values = new Map<string, number>();
  for (const [name, given] of into.values) {
    const value = countingOf(given, options);
    if (value !== undefined) values.set(name, value);
    else refused.push({ place: pointerStep(name), fault: explainTwice(name, given), readings: given.length });
  }
  return { time: timeOf(into, options), id: undefined, place: '', values, refused };
};

/** Name of a value → its kind, channel and member: `temperature_2`, `accelerometer_6_x`. */
const NAMED = /^([a-z_]+?)_(\d{1,3})(_[xyz])?$/;

const BY_NAME: ReadonlyMap<string, number> = new Map([...KINDS].map(([type, { name }]) => [name, type]));

// oxlint-disable-next-line complexity -- the inverse of the table of kinds, with its checks in order
const write = (values: ReadonlyMap<string, number | null>): readonly number[] => {
  const items = new Map<string, { type: number; channel: number; raw: number[] }>();
  for (const [given, value] of values) {
    const [, name = '', channel = '', member = ''] = NAMED.exec(given) ?? [];
    const type = BY_NAME.get(name);
    const kind = type === undefined ? undefined : KINDS.get(type);
    const index = kind?.members.indexOf(member) ?? -1;
    if (type === undefined || kind === undefined || index === -1 || Number(channel) > 255 || value === null) {
      throw new Fault('REQUEST_INVALID', `"${given}"; LPP has names such as temperature_2 and no missing values`);
    }
    const item = items.get(`${name}_${channel}`) ?? { type, channel: Number(channel), raw: kind.members.map(() => 0) };
    item.raw[index] = Math.round(value * kind.perUnit);
    items.set(`${name}_${channel}`, item);
  }
  return [...items.values()].flatMap(({ type, channel, raw }) => {
    const { bytes = 0, isSigned } = KINDS.get(type) ?? {};
    const body = Buffer.alloc(bytes * raw.length);
    raw.forEach((steps, index) => {
      if (isSigned === true) body.writeIntBE(steps, index * bytes, bytes);
      else body.writeUIntBE(steps, index * bytes, bytes);
    });
    return [channel, type, ...body];
  });
};

/** Cayenne LPP: channel, type, big-endian value, again and again. A value is named by its type and channel: `temperature_2`. */
export const lpp: Codec = {
  name: 'lpp',
  version: 2,
  contentType: 'application/vnd.klawing.lpp',
  ownName: 'temperature_1',

  decode(payload, options = {}) {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send channel, type and value of each reading');
    const observation = read(payload, options);
    if (observation.values.size + observation.refused.length === 0) {
      throw new Fault('NO_VALUES', 'it has none that is a reading; add one');
    }
    return { observations: [observation], refused: [] };
  },

  encode(outgoing: readonly OutgoingObservation[]) {
    const only = onlyObservation(outgoing, 'LPP');
    const time =
      only.time === undefined
        ? []
        : [
            0,
            UNIX_TIME,
            ...Buffer.from(
              Math.floor(only.time / 1_000)
                .toString(16)
                .padStart(8, '0'),
              'hex',
            ),
          ];
    return Uint8Array.from([...write(only.values), ...time]);
  },
};
