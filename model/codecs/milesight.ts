import type { Codec, OutgoingObservation } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import { explainNameTwice } from '#model/payload/given-value.ts';
import { onlyObservation, viewOf } from '#model/payload/own-bytes.ts';
import type { Observation, Refusal } from '#model/readings/message.ts';

/** A value behind its channel and its type. */
interface Kind {
  readonly name: string;
  readonly bytes: 1 | 2;
  readonly isSigned?: true;
  /** Steps in one unit. */
  readonly perUnit?: number;
  /** UCUM code. */
  readonly unit?: string;
  /** Bytes behind the value that say why it was sent. */
  readonly status?: number;
}

const TEMPERATURE: Kind = { name: 'temperature', bytes: 2, isSigned: true, perUnit: 10, unit: 'Cel' };
const DISTANCE: Kind = { name: 'distance', bytes: 2, unit: 'mm' };
const TILT: Kind = { name: 'tilt', bytes: 1 };

const keyOf = (channel: number, type: number): number => channel * 256 + type;

/**
 * Values by channel and type, as Milesight's tables of EM310-UDL, EM400-MUD, EM400-UDL, EM500-UDL and EM500-SWL have them. A channel
 * with its highest bit set carries an alarm, with one byte behind the value.
 */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [keyOf(0x01, 0x75), { name: 'battery_level', bytes: 1, unit: '%' }],
  [keyOf(0x03, 0x67), TEMPERATURE],
  [keyOf(0x83, 0x67), { ...TEMPERATURE, status: 1 }],
  [keyOf(0x03, 0x82), DISTANCE],
  [keyOf(0x04, 0x82), DISTANCE],
  [keyOf(0x83, 0x82), { ...DISTANCE, status: 1 }],
  [keyOf(0x84, 0x82), { ...DISTANCE, status: 1 }],
  [keyOf(0x04, 0x00), TILT],
  [keyOf(0x05, 0x00), TILT],
  [keyOf(0x03, 0x77), { name: 'depth', bytes: 2, unit: 'cm' }],
]);

/** Position, versions, serial number, states: of known length, and no readings of ours. */
const READ_OVER: ReadonlyMap<number, number> = new Map([
  [keyOf(0x06, 0x88), 9],
  [keyOf(0xff, 0x01), 1],
  [keyOf(0xff, 0x09), 2],
  [keyOf(0xff, 0x0a), 2],
  [keyOf(0xff, 0x0b), 1],
  [keyOf(0xff, 0x0f), 1],
  [keyOf(0xff, 0x16), 8],
  [keyOf(0xff, 0x1b), 5],
  [keyOf(0xff, 0xfe), 1],
  [keyOf(0xff, 0xff), 2],
]);

/** A kept value: seconds since 1970, and two bytes. */
const HISTORY = keyOf(0x20, 0xce);
const HISTORY_BYTES = 6;

/** Two bytes that say that the measurement failed, or was out of range. */
const NO_VALUE: ReadonlySet<number> = new Set([0xffff, 0xfffd]);

/** The values of one moment, while they are read. */
interface Moment {
  readonly time: number | undefined;
  readonly place: string;
  readonly values: Map<string, number | null>;
  readonly units: Map<string, string>;
  readonly refused: Refusal[];
}

const momentOf = (time: number | undefined, place: string): Moment => ({
  time,
  place,
  values: new Map(),
  units: new Map(),
  refused: [],
});

const numberAt = (view: Buffer, at: number, { bytes, isSigned, perUnit = 1 }: Kind): number | null => {
  const raw = isSigned === true ? view.readIntLE(at, bytes) : view.readUIntLE(at, bytes);
  return bytes === 2 && NO_VALUE.has(raw) ? null : raw / perUnit;
};

/** Reads the bytes of one device, item by item. */
class Reading {
  readonly #view: Buffer;
  readonly #now = momentOf(undefined, '');
  readonly #kept: Moment[] = [];

  constructor(payload: Uint8Array) {
    this.#view = viewOf(payload);
  }

  /** All that can be read; what cannot be, from its byte on, is one refusal. */
  observations(): readonly Observation[] {
    for (let at = 0; at < this.#view.length; ) {
      try {
        at = this.#item(at);
      } catch (error) {
        if (!(error instanceof Fault) || this.#isEmpty) throw error;
        this.#now.refused.push({ place: `/${at}`, fault: error, readings: 1 });
        break;
      }
    }
    if (this.#isEmpty)
      throw new Fault('NO_VALUES', 'it has none that is a reading; a device sends its versions so when it joins');
    const hasNow = this.#now.values.size + this.#now.refused.length > 0;
    return [...this.#kept, ...(hasNow ? [this.#now] : [])].map((moment) => ({ ...moment, id: undefined }));
  }

  get #isEmpty(): boolean {
    return this.#kept.length + this.#now.values.size + this.#now.refused.length === 0;
  }

  /** Reads what stands at a place and gives the place behind it. */
  #item(at: number): number {
    const view = this.#view;
    const key = keyOf(view[at] ?? 0, view[at + 1] ?? 0);
    const kind = KINDS.get(key);
    const length =
      kind === undefined ? (key === HISTORY ? HISTORY_BYTES : READ_OVER.get(key)) : kind.bytes + (kind.status ?? 0);
    const shown = key.toString(16).padStart(4, '0');
    if (length === undefined)
      throw new Fault('PAYLOAD_UNREADABLE', `channel and type 0x${shown} at byte ${at}; what follows cannot be read`);
    if (at + 2 + length > view.length)
      throw new Fault('PAYLOAD_UNREADABLE', `0x${shown} at byte ${at} needs ${length} bytes behind it`);
    if (kind !== undefined) this.#take(kind, at);
    else if (key === HISTORY) this.#keep(at);
    return at + 2 + length;
  }

  #take(kind: Kind, at: number): void {
    const { values, units, refused } = this.#now;
    const value = numberAt(this.#view, at + 2, kind);
    if (values.has(kind.name) && values.get(kind.name) !== value) {
      const fault = explainNameTwice(kind.name, [String(values.get(kind.name)), `${String(value)} at byte ${at}`]);
      refused.push({ place: `/${at}`, fault, readings: 1 });
      return;
    }
    values.set(kind.name, value);
    if (kind.unit !== undefined) units.set(kind.name, kind.unit);
  }

  /** The format does not say of which kind a kept value is: the registration maps the field `history` with its unit. */
  #keep(at: number): void {
    const moment = momentOf(this.#view.readUInt32LE(at + 2) * 1_000, `/${at}`);
    moment.values.set('history', numberAt(this.#view, at + 6, { name: 'history', bytes: 2 }));
    this.#kept.push(moment);
  }
}

const KEY_BY_NAME: ReadonlyMap<string, number> = new Map([...KINDS].toReversed().map(([key, { name }]) => [name, key]));

const written = (name: string, value: number | null): Buffer => {
  const key = KEY_BY_NAME.get(name);
  const kind = key === undefined ? undefined : KINDS.get(key);
  if (key === undefined || kind === undefined || value === null) {
    throw new Fault('REQUEST_INVALID', `"${name}"; Milesight has ${[...KEY_BY_NAME.keys()].join(', ')}`);
  }
  const item = Buffer.alloc(2 + kind.bytes);
  item.writeUInt16BE(key, 0);
  const steps = Math.round(value * (kind.perUnit ?? 1));
  if (kind.isSigned === true) item.writeIntLE(steps, 2, kind.bytes);
  else item.writeUIntLE(steps, 2, kind.bytes);
  return item;
};

/** Bytes of Milesight's EM series: channel, type, little-endian value, again and again. It is not Cayenne LPP. */
export const milesight: Codec = {
  name: 'milesight',
  version: 1,
  contentType: 'application/vnd.klawing.milesight',
  ownName: 'temperature',

  decode(payload) {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send channel, type and value of each reading');
    return { observations: new Reading(payload).observations(), refused: [] };
  },

  encode(outgoing: readonly OutgoingObservation[]) {
    const only = onlyObservation(outgoing, 'Milesight');
    return Uint8Array.from(Buffer.concat(Array.from(only.values, ([name, value]) => written(name, value))));
  },
};
