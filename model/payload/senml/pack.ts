import { explainNameTwice, explainValue } from '#model/payload/given-value.ts';
import type { JsonPayload } from '#model/payload/json-payload.ts';
import { resolveSenml, type SenmlRecord, type SenmlTime } from './resolve.ts';
import { ucumOfSenml } from './units.ts';
import { Fault, unlessFault } from '#model/base/fault.ts';
import type { Codec, DecodeOptions, OutgoingObservation } from '#model/readings/codec.ts';
import type { Message, Observation, Refusal } from '#model/readings/message.ts';

/** Records in one packet. */
const MAX_RECORDS = 1_000;

/** A record of a pack that is written. */
type Outgoing = Readonly<Record<string, string | number>>;

export interface SenmlForm extends Pick<Codec, 'name' | 'version' | 'contentType'> {
  /** The pack, with the labels of JSON. */
  readonly read: (payload: Uint8Array, options: DecodeOptions) => JsonPayload;
  readonly write: (pack: readonly Outgoing[]) => Uint8Array;
}

/** The fault of a pack with more records than a packet may have. */
const faultOfLength = (given: unknown): Fault | undefined =>
  Array.isArray(given) && given.length > MAX_RECORDS
    ? new Fault('PAYLOAD_TOO_LONG', `${given.length} records; send at most ${MAX_RECORDS} a packet`)
    : undefined;

/** The field of a record: its own name, or the last part of the base name where that is all of its name. */
const fieldOf = ({ own, name }: SenmlRecord): string => own || (/[^:/]+$/.exec(name)?.[0] ?? name);

/** The records of one moment. */
interface Moment {
  readonly time: SenmlTime;
  readonly byField: Map<string, SenmlRecord[]>;
}

/** Records by their time, in the order in which the times come first. */
const momentsOf = (records: readonly SenmlRecord[]): readonly Moment[] => {
  const moments = new Map<string, Moment>();
  for (const record of records) {
    const key = `${record.time.seconds} ${record.time.isRelative}`;
    let moment = moments.get(key);
    if (moment === undefined) moments.set(key, (moment = { time: record.time, byField: new Map() }));
    const field = fieldOf(record);
    const known = moment.byField.get(field);
    if (known === undefined) moment.byField.set(field, [record]);
    else known.push(record);
  }
  return [...moments.values()];
};

const placeOf = ({ at, label }: SenmlRecord): string => `/${at}/${label ?? 's'}`;

/** The record of a field that counts; undefined where it has several and the registration names none of them. */
const countingOf = (records: readonly SenmlRecord[], { duplicateNames }: DecodeOptions): SenmlRecord | undefined => {
  if (duplicateNames === 'last') return records.at(-1);
  return records.length === 1 || duplicateNames === 'first' ? records[0] : undefined;
};

const explainTwice = (field: string, records: readonly SenmlRecord[]): Fault =>
  explainNameTwice(
    field,
    records.map(({ at, name, value }) => `${String(value)} of ${name} at /${at}`),
  );

/** The members of an observation, while they are read. */
class Members {
  readonly values = new Map<string, number | null>();
  readonly steps = new Map<string, string>();
  readonly units = new Map<string, string>();
  readonly truths = new Set<string>();
  readonly refused: Refusal[] = [];

  take(field: string, record: SenmlRecord, options: DecodeOptions): void {
    const { value, unit } = record;
    const ucum = unit === undefined ? undefined : ucumOfSenml(unit);
    if (typeof value === 'string' || value === undefined) {
      this.#refuse(record, explainValue(field, value ?? 'a sum without a value', options));
    } else if (unit !== undefined && ucum === undefined) {
      this.#refuse(record, new Fault('UNIT_WRONG', `"${unit}" of "${field}" is not a unit of SenML that is read here`));
    } else {
      this.values.set(field, typeof value === 'boolean' ? Number(value) : value);
      this.steps.set(field, placeOf(record));
      if (ucum !== undefined) this.units.set(field, ucum);
      if (typeof value === 'boolean') this.truths.add(field);
    }
  }

  #refuse(record: SenmlRecord, fault: Fault): void {
    this.refused.push({ place: placeOf(record), fault, readings: 1 });
  }
}

const observationOf = ({ time, byField }: Moment, options: DecodeOptions): Observation => {
  const members = new Members();
  for (const [field, records] of byField) {
    const record = countingOf(records, options);
    if (record !== undefined) members.take(field, record, options);
    else {
      const [first] = records;
      const place = first === undefined ? '' : placeOf(first);
      members.refused.push({ place, fault: explainTwice(field, records), readings: records.length });
    }
  }
  const { values, steps, units, truths, refused } = members;
  const ms = Math.trunc(time.seconds * 1_000);
  const when = time.isRelative ? { time: undefined, sinceArrival: ms } : { time: ms };
  return { ...when, id: undefined, place: '', steps, units, values, truths, refused };
};

const write = ({ time, values }: OutgoingObservation): readonly Outgoing[] => {
  const base: Outgoing = time === undefined ? {} : { bt: time / 1_000 };
  return Array.from(values, ([n, value], index) => {
    if (value === null) throw new Fault('REQUEST_INVALID', `"${n}"; SenML has no missing values, leave the record out`);
    return { ...(index === 0 ? base : {}), n, v: value };
  });
};

/** A codec for SenML (RFC 8428) in one of its forms. */
export const senmlCodec = ({ read, write: writePack, ...form }: SenmlForm): Codec => {
  const decode = (payload: Uint8Array, options: DecodeOptions = {}): Message => {
    const { given, repeated } = read(payload, options);
    const tooLong = faultOfLength(given);
    if (tooLong !== undefined) throw tooLong;
    const { records, refused } = resolveSenml(given, repeated);
    if (records.length === 0 && refused.length === 0) {
      throw new Fault('NO_VALUES', 'send at least one record, as in [{"n": "pm2_5", "u": "ug/m3", "v": 38.5}]');
    }
    return { observations: momentsOf(records).map((moment) => observationOf(moment, options)), refused };
  };
  return {
    ...form,
    decode,
    tooLong: (payload) => faultOfLength(unlessFault(() => read(payload, {}).given)),
    encode: (observations) => writePack(observations.flatMap(write)),
  };
};
