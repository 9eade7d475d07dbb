import { Fault } from '#model/base/fault.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Refusal } from '#model/readings/message.ts';
import { refuseRepeated, shownName, shownValue } from '#model/payload/given-value.ts';
import type { RepeatedNames } from '#model/payload/json-text.ts';

/** A time of a record, in seconds: since 1970, or from the arrival of the pack on, which may be negative. */
export interface SenmlTime {
  readonly seconds: number;
  readonly isRelative: boolean;
}

/** A record with its base fields worked in (RFC 8428, section 4.6). */
export interface SenmlRecord {
  /** Position in the pack. */
  readonly at: number;
  /** Base name and name, joined. */
  readonly name: string;
  /** The name beside the base name; empty where the base name is all. */
  readonly own: string;
  readonly unit: string | undefined;
  readonly time: SenmlTime;
  /** The value with its base value added; text, truth and data as they were given; null where CBOR says that it is missing. */
  readonly value: number | string | boolean | null | undefined;
  /** The label of the value: `v`, `vs`, `vb` or `vd`. */
  readonly label: string | undefined;
  readonly sum: number | undefined;
  readonly updateTime: number | undefined;
  readonly version: number;
}

/** A pack: its records, and those that are refused. */
export interface SenmlPack {
  readonly records: readonly SenmlRecord[];
  readonly refused: readonly Refusal[];
}

/** The newest version that is read: RFC 8428. */
const VERSION = 10;
/** A sum of base time and time below it is relative to now (section 4.5.3). */
const FIRST_ABSOLUTE = 2 ** 28;
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
/** The labels of values, of which a record has one at most (section 4.2). */
const VALUES = ['v', 'vs', 'vb', 'vd'] as const;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (given: unknown): given is Members =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** Base fields that hold from their record on until they are given again. */
interface Base {
  name: string;
  unit: string | undefined;
  seconds: number;
  value: number | undefined;
  sum: number | undefined;
  version: number | undefined;
}

const unreadable = (label: string, given: unknown, expected: string): Fault =>
  new Fault('PAYLOAD_SHAPE', `"${label}" is ${shownValue(given)}; SenML has ${expected} there`);

const textIn = (record: Members, label: string): string | undefined => {
  const given = record[label];
  if (given === undefined || typeof given === 'string') return given;
  throw unreadable(label, given, 'text');
};

const numberIn = (record: Members, label: string): number | undefined => {
  const given = record[label];
  if (given === undefined || (typeof given === 'number' && Number.isFinite(given))) return given;
  throw unreadable(label, given, 'a number');
};

/** Takes the base fields of a record over. */
const rebase = (base: Base, record: Members): void => {
  base.name = textIn(record, 'bn') ?? base.name;
  base.unit = textIn(record, 'bu') ?? base.unit;
  base.seconds = numberIn(record, 'bt') ?? base.seconds;
  base.value = numberIn(record, 'bv') ?? base.value;
  base.sum = numberIn(record, 'bs') ?? base.sum;
};

/** @throws Fault for a field that a reader has to understand, and is not known here (section 4.4) */
const checkUnderstood = (record: Members): void => {
  const label = Object.keys(record).find((name) => name.endsWith('_'));
  if (label === undefined) return;
  throw new Fault('PAYLOAD_SHAPE', `${shownName(label)} has to be understood, as its "_" says, and is not known`);
};

/** @throws Fault for a version that is newer, or other than in the records before (section 4.4) */
const versionOf = (base: Base, record: Members): number => {
  const version = numberIn(record, 'bver') ?? base.version ?? VERSION;
  if (version > VERSION)
    throw new Fault('PAYLOAD_SHAPE', `"bver" is ${version}; SenML up to version ${VERSION} is read`);
  if (base.version !== undefined && version !== base.version) {
    throw new Fault('PAYLOAD_SHAPE', `"bver" is ${version} behind ${base.version}; one pack has one version`);
  }
  return (base.version = version);
};

const isMeasuring = (record: Members): boolean =>
  ['n', 'u', 't', 'ut', 's', ...VALUES].some((label) => Object.hasOwn(record, label));

/** The value of a record, with its label; both undefined where it has a sum alone. */
const valueIn = (record: Members, { value: base = 0 }: Base): Pick<SenmlRecord, 'value' | 'label'> => {
  const [label, further] = VALUES.filter((name) => Object.hasOwn(record, name));
  if (further !== undefined) throw new Fault('PAYLOAD_SHAPE', `"${label}" and "${further}"; a record has one value`);
  if (label === undefined) {
    if (Object.hasOwn(record, 's')) return { value: undefined, label };
    throw new Fault('NO_VALUES', 'a record of SenML needs one of "v", "vb", "vs" and "vd"');
  }
  if (label === 'v') return { value: record['v'] === null ? null : (numberIn(record, 'v') ?? 0) + base, label };
  if (label === 'vb') {
    if (typeof record['vb'] === 'boolean') return { value: record['vb'], label };
    throw unreadable('vb', record['vb'], 'true or false');
  }
  return { value: textIn(record, label), label };
};

const sumIn = (record: Members, { sum: base }: Base): number | undefined => {
  const sum = numberIn(record, 's');
  return sum === undefined ? undefined : sum + (base ?? 0);
};

const resolveOne = (record: Members, base: Base, at: number): SenmlRecord => {
  const own = textIn(record, 'n') ?? '';
  const name = base.name + own;
  if (!NAME.test(name)) {
    throw new Fault(
      'PAYLOAD_SHAPE',
      `${shownName(name)}; a name of SenML has the characters A-Z a-z 0-9 - : . / _ and begins with a letter or digit`,
    );
  }
  const seconds = base.seconds + (numberIn(record, 't') ?? 0);
  return {
    at,
    name,
    own,
    unit: textIn(record, 'u') ?? base.unit,
    time: { seconds, isRelative: seconds < FIRST_ABSOLUTE },
    ...valueIn(record, base),
    sum: sumIn(record, base),
    updateTime: numberIn(record, 'ut'),
    version: base.version ?? VERSION,
  };
};

/**
 * The records of a pack with their base fields worked in (RFC 8428, section 4.6), in the order of the pack. A record that
 * is refused leaves the others as they are; its own base fields hold for them.
 * @throws Fault for what makes the meaning of the whole pack doubtful: no array, another version, a field that has to be understood
 */
export const resolveSenml = (pack: unknown, repeated: RepeatedNames = new Map()): SenmlPack => {
  if (!Array.isArray(pack)) throw new Fault('PAYLOAD_SHAPE', `found ${shownValue(pack)}; SenML is an array of records`);
  const base: Base = {
    name: '',
    unit: undefined,
    seconds: 0,
    value: undefined,
    sum: undefined,
    version: undefined,
  };
  const records: SenmlRecord[] = [];
  const refused: Refusal[] = [];
  const elements: readonly unknown[] = pack;
  elements.forEach((record, at) => {
    const place = `/${at}`;
    if (!isMembers(record)) {
      throw new Fault('PAYLOAD_SHAPE', `found ${shownValue(record)} at ${place}; a record of SenML is an object`);
    }
    const [twice] = repeated.get(record) ?? [];
    if (twice !== undefined) throw refuseRepeated(twice[0], place + pointerStep(twice[0]), twice[1]).fault;
    checkUnderstood(record);
    versionOf(base, record);
    rebase(base, record);
    if (!isMeasuring(record)) return;
    try {
      records.push(resolveOne(record, base, at));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused.push({ place, fault: error, readings: 1 });
    }
  });
  return { records, refused };
};
