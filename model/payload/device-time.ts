import { type Instant, parseInstant } from '#model/base/instant.ts';
import { parseCclk, parseCompact, parseIso, zoneOffset } from './date-time.ts';

/** Forms in which a device may be registered to write its time. */
export const TIME_FORMS = ['iso', 'compact', 'cclk', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns'] as const;
export type TimeForm = (typeof TIME_FORMS)[number];

/** What the registration of a device says of its times. */
export interface TimeRule {
  readonly timeMember?: string;
  readonly timeForm?: TimeForm;
  readonly timeZone?: string;
  /** Members that are values, whatever their names. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Members that hold the time and nothing else; the first one given counts. */
const TIME_MEMBERS: readonly string[] = ['time', 'ts', 'timestamp'];

/** Other names of a time, in small letters without `_` and `-`. */
const CLEAR_NAMES: ReadonlySet<string> = new Set(
  (
    'time ts timestamp datetime timedate epoch epochtime unix unixtime unixtimestamp measuredat ' +
    'measuretime measurementtime observedat observationtime recordedat recordtime sampledat ' +
    'sampletime readat readingtime takenat collectedat createdat sentat loggedat devicetime ' +
    'sensortime localtime gpstime rtc rtctime utc utctime timeutc datetimeutc epochms timems tsms ' +
    'timestampms timestamputc isotime timeiso datetimeiso phenomenontime resulttime dateobserved ' +
    'waktu tanggalwaktu'
  ).split(' '),
);
/** Names that may mean something else. */
const VAGUE_NAMES: ReadonlySet<string> = new Set([
  't',
  'dt',
  'date',
  'd',
  'tanggal',
  'tgl',
  'jam',
  'clock',
  'at',
  'when',
  'times',
  'epochs',
]);

/** Length of the longest name of a time. */
const LONGEST_NAME = 20;
/** Names that are remembered. */
const REMEMBERED = 2_000;

/** 2000-01-01 and 2100-01-01: a clock that was set shows a time between them, also one that is 1,024 weeks off. */
const PLAUSIBLE_FROM: Instant = 946_684_800_000;
const PLAUSIBLE_TO: Instant = 4_102_444_800_000;

/** From here on a number since 1970 is one of milliseconds, of microseconds, of nanoseconds: 10^11 s is the year 5138. */
const MILLISECONDS_FROM = 1e11;
const MICROSECONDS_FROM = 1e14;
const NANOSECONDS_FROM = 1e17;
const NUMBERS_TO = 1e20;
const NUMBER_TEXT = /^[+-]?\d{1,20}(?:\.\d*)?(?:[eE][+-]?\d{1,2})?$/;
/** A text with a date in it, or a time of day. */
const DATE_TEXT = /\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d{2}|^\d{8}T\d{4}/;

const isDate = (value: unknown): boolean => typeof value === 'string' && DATE_TEXT.test(value);

/** A number of seconds, cut to milliseconds. */
const fromSeconds = (seconds: number): Instant => Math.trunc(Math.round(seconds * 1e6) / 1e3);

const EPOCHS: Readonly<Partial<Record<TimeForm, (count: number) => Instant>>> = {
  'epoch-s': fromSeconds,
  'epoch-ms': Math.trunc,
  'epoch-us': (count) => Math.trunc(count / 1e3),
  'epoch-ns': (count) => Math.trunc(count / 1e6),
};

/** A number since 1970, in the unit that its size shows. */
const readEpoch = (count: number): Instant | undefined => {
  const size = Math.abs(count);
  if (size < MILLISECONDS_FROM) return fromSeconds(count);
  if (size < MICROSECONDS_FROM) return Math.trunc(count);
  if (size < NANOSECONDS_FROM) return Math.trunc(count / 1e3);
  return size < NUMBERS_TO ? Math.trunc(count / 1e6) : undefined;
};

/** Reads a time of one form; undefined for what is none. */
type ReadForm = (value: number | string) => Instant | undefined;

const ofText =
  (parse: (text: string, zone: string | undefined) => Instant | undefined, zone: string | undefined): ReadForm =>
  (value) =>
    parse(String(value), zone);

const ofNumber =
  (read: (count: number) => Instant | undefined): ReadForm =>
  (value) => {
    if (typeof value === 'number') return read(value);
    return NUMBER_TEXT.test(value) ? read(Number(value)) : undefined;
  };

/** The readers of a form; the first time that one of them gives counts. */
const formsOf = (form: TimeForm | undefined, zone: string | undefined): readonly ReadForm[] => {
  const iso = ofText(parseIso, zone);
  const epoch = form === undefined ? undefined : EPOCHS[form];
  if (epoch !== undefined) return [ofNumber(epoch), iso];
  if (form === 'compact') return [ofText(parseCompact, zone), iso];
  if (form === 'cclk') return [ofText(parseCclk, zone), iso];
  return [ofNumber(readEpoch), iso];
};

/**
 * The meaning of a name: `time` always holds the time; `clear` and `vague` hold it where their value plainly is one; `unused` is a
 * `time` where the registration names another member; anything else is a value.
 */
type TimeRole = 'time' | 'clear' | 'vague' | 'unused' | 'value';

const usualRole = (name: string): TimeRole => {
  if (name.length > LONGEST_NAME) return 'value';
  const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
  if (CLEAR_NAMES.has(plain)) return 'clear';
  return VAGUE_NAMES.has(plain) ? 'vague' : 'value';
};

/** True for a time between 2000 and 2100. */
export const isPlausible = (time: Instant | undefined): time is Instant =>
  time !== undefined && time >= PLAUSIBLE_FROM && time < PLAUSIBLE_TO;

const HOUR_MS = 3_600_000;
/** 1972-01-01. */
const YEAR_1972: Instant = 63_072_000_000;
/** A date may be that of any zone: it begins 14 hours before UTC's, and ends 12 hours behind. */
const isDated = (time: Instant, from: Instant, to: Instant): boolean =>
  time >= from - 14 * HOUR_MS && time < to + 12 * HOUR_MS;

/** True for a time of a clock that was never set: in 1970 or 1971, or on 2000-01-01, from where clock chips begin. */
export const hasNoClock = (time: Instant): boolean =>
  isDated(time, 0, YEAR_1972) || isDated(time, PLAUSIBLE_FROM, PLAUSIBLE_FROM + 24 * HOUR_MS);

/** Finds and reads the time among the members of a message, as the registration of the device says. */
export class TimeReader {
  /** Members that hold the time; the first one given counts. */
  readonly members: readonly string[];
  readonly #rule: TimeRule;
  readonly #forms: readonly ReadForm[];
  readonly #roles = new Map<string, TimeRole>();

  constructor(rule: TimeRule = {}) {
    const { timeMember, timeForm, timeZone } = rule;
    this.#rule = rule;
    this.members = timeMember === undefined ? TIME_MEMBERS : [timeMember];
    this.#forms = formsOf(timeForm, timeZone === undefined ? undefined : zoneOffset(timeZone));
  }

  /** The time of a member that holds one; a text without anything is that of a clock that was never set. */
  read(value: unknown): Instant | undefined {
    if (typeof value === 'number') return this.#readForms(value);
    if (typeof value !== 'string') return undefined;
    return parseInstant(value) ?? this.#readText(value.trim());
  }

  /**
   * The time of a member under a name of times, where its value plainly is one: a date, a number of this century, or where the name means
   * nothing else the number of a clock that was never set.
   */
  readPlain(name: string, value: unknown): Instant | undefined {
    const role = this.#roleOf(name);
    if (role === 'value' || role === 'unused' || value === null || typeof value === 'object') return undefined;
    const time = this.read(value);
    if (time === undefined || isPlausible(time)) return time;
    const isPlain = isDate(value) || (role !== 'vague' && time >= 0 && time < YEAR_1972);
    return isPlain ? time : undefined;
  }

  /** True for a date under a name of times that cannot be read, and for a structure under a name that means nothing else. */
  isUnreadable(name: string, value: unknown): boolean {
    const role = this.#roleOf(name);
    if (role === 'clear' && typeof value === 'object') return value !== null;
    return (role === 'clear' || role === 'vague') && isDate(value) && this.readPlain(name, value) === undefined;
  }

  /** True where a name may be that of the time. */
  isName(name: string): boolean {
    return this.#roleOf(name) !== 'value';
  }

  /**
   * True for a member that holds a time and no value.
   * @param isOutside it stands beside the values, or these have no place of their own
   */
  isTime(name: string, value: unknown, isOutside: boolean): boolean {
    const role = this.#roleOf(name);
    if (role === 'value') return false;
    if (isOutside && (role === 'time' || role === 'unused')) return true;
    if (isOutside && role === 'clear' && value === null) return true;
    return this.readPlain(name, value) !== undefined;
  }

  #roleOf(name: string): TimeRole {
    const known = this.#roles.get(name);
    if (known !== undefined) return known;
    const role = this.#findRole(name);
    if (this.#roles.size >= REMEMBERED) this.#roles.clear();
    if (name.length <= LONGEST_NAME) this.#roles.set(name, role);
    return role;
  }

  #findRole(name: string): TimeRole {
    const { timeMember, fields = {} } = this.#rule;
    if (this.members.includes(name)) return 'time';
    if (Object.hasOwn(fields, name)) return 'value';
    if (TIME_MEMBERS.includes(name)) return 'unused';
    return timeMember === undefined ? usualRole(name) : 'value';
  }

  #readText(text: string): Instant | undefined {
    return text === '' ? 0 : this.#readForms(text);
  }

  #readForms(value: number | string): Instant | undefined {
    for (const read of this.#forms) {
      const time = read(value);
      if (time !== undefined && Number.isFinite(time)) return time;
    }
    return undefined;
  }
}

/** A reader for devices whose registration says nothing of times. */
export const USUAL_TIMES = new TimeReader();
