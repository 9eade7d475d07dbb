import type { Duration } from './duration.ts';

interface FaultEntry {
  /** A sentence without its full stop. */
  readonly title: string;
  /** HTTP status of an answer with this fault; without one it is 503 for an outage and 500 for a refusal. */
  readonly status?: number;
}

/**
 * Every way in which a packet, a setting or a request is refused. A key is the stable code that logs, quarantine and
 * problem documents carry; `docs/faults.md` explains each in Indonesian and English, and a test keeps the two equal.
 */
export const FAULTS = {
  // a packet that cannot be read
  PAYLOAD_EMPTY: { title: 'the payload is empty', status: 400 },
  PAYLOAD_NOT_JSON: { title: 'the payload is not JSON' },
  PAYLOAD_CUT: { title: 'the payload ends in the middle of its JSON' },
  PAYLOAD_UTF16: { title: 'the payload looks like text in UTF-16' },
  PAYLOAD_CSV: { title: 'the payload looks like CSV' },
  PAYLOAD_COMPRESSED: { title: 'the payload looks compressed' },
  PAYLOAD_SHAPE: { title: 'the payload is neither an object of values nor an array of them' },
  PAYLOAD_TOO_LONG: { title: 'the array holds more readings than one packet may', status: 413 },
  PAYLOAD_TOO_LARGE: { title: 'the payload is larger than 1 MiB', status: 413 },
  PAYLOAD_UNREADABLE: { title: 'the bytes are not what the codec of the device reads' },
  CODEC_UNKNOWN: { title: 'no codec has this name', status: 400 },
  LENGTH_MISSING: { title: 'the request has neither a body nor a Content-Length', status: 411 },
  ENCODING_UNKNOWN: { title: 'the Content-Encoding is not supported', status: 415 },
  ENCODING_UNREADABLE: { title: 'the body cannot be decoded as its Content-Encoding says', status: 400 },
  // one reading of a packet that cannot be believed
  PROPERTY_UNKNOWN: { title: 'the family of this station has no such property', status: 400 },
  VALUE_NOT_A_NUMBER: { title: 'the value is not a number' },
  UNIT_WRONG: { title: 'the unit of the value is not known, or cannot become that of its property' },
  TIME_MISSING: { title: 'a reading in an array needs its own time' },
  TIME_UNREADABLE: { title: 'the time is neither RFC 3339 nor a number of seconds or milliseconds since 1970' },
  TIME_NOT_SET: { title: 'the time is that of a clock that was never set' },
  TIME_GPS_ROLLOVER: { title: 'the time is 1,024 weeks off: the receiver for GPS miscounts its weeks' },
  TIME_LOCAL_AS_UTC: { title: 'the time is local time of Indonesia that was sent as UTC' },
  TIME_BEFORE_2020: { title: 'the time lies before 2020: the clock of the device was never set' },
  TIME_AHEAD: { title: 'the time lies more than 10 minutes ahead: the clock or the time zone of the device is wrong' },
  ID_UNREADABLE: { title: 'the id is neither a text nor a number' },
  NAME_TWICE: { title: 'one name of the reading has several values' },
  PROPERTY_TWICE: { title: 'two fields of one reading name the same property' },
  MEMBER_STRAY: { title: 'a reading has an unexpected member beside `values`' },
  VALUES_TOO_MANY: { title: 'the reading has more values than one may' },
  NO_VALUES: { title: 'the reading has no values' },
  DEVICE_UNKNOWN: { title: 'no device is registered under this name' },
  DEVICE_UNASSIGNED: { title: 'the device was not assigned to a station at that time' },
  // a sender that may not do what it tried
  CREDENTIALS_REFUSED: { title: 'unknown device or wrong secret', status: 401 },
  CLIENT_ID_REFUSED: { title: 'the client id must be the device name or start with it and a dot' },
  TOPIC_REFUSED: { title: 'the sender may not use this topic' },
  TOKEN_REFUSED: { title: 'the token is missing or wrong', status: 401 },
  SIGN_IN_REFUSED: { title: 'the name or the password is wrong', status: 401 },
  SIGN_IN_LIMITED: { title: 'too many attempts to sign in', status: 429 },
  PASSKEY_REFUSED: { title: 'the passkey was not accepted', status: 403 },
  OIDC_REFUSED: { title: 'the identity service did not confirm the person', status: 403 },
  OIDC_NO_ACCOUNT: { title: 'the person of the identity service has no account here', status: 403 },
  OIDC_CLIENT_REFUSED: { title: 'the identity service did not accept the client id or the secret', status: 502 },
  OIDC_CLOCK: { title: 'the clocks of this machine and of the identity service differ', status: 502 },
  OIDC_UNREACHABLE: { title: 'the identity service cannot be used', status: 503 },
  CONSENT_MISSING: { title: 'the consent to the processing of personal data is missing', status: 403 },
  RIGHT_MISSING: { title: 'the role does not allow this', status: 403 },
  ORIGIN_REFUSED: { title: 'the request comes from a page of another site', status: 403 },
  INVITATION_REFUSED: { title: 'the link is wrong, used or out of date', status: 403 },
  PASSWORD_WEAK: { title: 'the password is easy to guess', status: 400 },
  CLAIM_REFUSED: { title: 'the claim code is wrong, used or out of date', status: 403 },
  CLAIM_LIMITED: { title: 'too many claim codes were tried', status: 429 },
  RATE_LIMITED: { title: 'the device sends more than it may, or too many requests at one time', status: 429 },
  TLS_REQUIRED: { title: 'this is answered over an encrypted connection only', status: 403 },
  PACKET_TOO_LARGE: { title: 'the MQTT packet is larger than 1 MiB' },
  // something that is away, full or damaged
  JOURNAL_FULL: { title: 'the journal has reached its bound or the disk its reserve' },
  JOURNAL_WRITE_FAILED: { title: 'the journal could not be written and synced' },
  JOURNAL_LOCKED: { title: 'another process writes this journal' },
  JOURNAL_DAMAGED: { title: 'bytes inside the journal are damaged' },
  JOURNAL_UNREADABLE: { title: 'the files of the journal could not be read' },
  SESSIONS_DAMAGED: { title: 'the persistent sessions of the broker could not be read' },
  SESSIONS_AWAY: { title: 'the persistent sessions of the broker cannot be opened' },
  JOURNAL_FOREIGN: { title: 'the journal is not the one that the cursor belongs to' },
  JOURNAL_TRIMMED: { title: 'the journal no longer holds the entries that the cursor asks for' },
  BROKER_UNREACHABLE: { title: 'the broker did not answer on its local socket' },
  STORE_UNREACHABLE: { title: 'the store did not answer' },
  STORE_REFUSED: { title: 'the store refused the readings for good' },
  STORE_FAILED: { title: 'the store could not complete the request' },
  CHANNEL_UNREACHABLE: { title: 'the channel did not take the message' },
  CHANNEL_LOGIN_REFUSED: { title: 'the channel did not accept user or password' },
  CHANNEL_REFUSED: { title: 'the channel refused the message for good' },
  OPERATIONS_FAILED: { title: 'the operations database could not be read or written' },
  OPERATIONS_OLDER: { title: 'the operations database is older than the work that was done beside it' },
  DATA_LOCKED: { title: 'another process uses this data folder' },
  DATA_NEWER: { title: 'the data folder was written by a newer version' },
  DATA_OLDER: { title: 'the data folder was written by a version from before the first release' },
  DATA_UNWRITABLE: { title: 'the data folder cannot be written' },
  BACKUP_FAILED: { title: 'the files of a backup could not be written' },
  BACKUP_FULL: { title: 'the disk that a backup is written to has no room for it' },
  BACKUP_DAMAGED: { title: 'the backup is not what its manifest says' },
  CLOCK_JUMPED: { title: 'the clock of the machine jumped' },
  // a request or a setting that is wrong
  SETTING_INVALID: { title: 'a setting is wrong' },
  REQUEST_INVALID: { title: 'what was asked for is wrong', status: 400 },
  NOT_FOUND: { title: 'there is no such thing', status: 404 },
  CONSOLE_MISSING: { title: 'the console is not built' },
  CONFLICT: { title: 'it exists already with other content', status: 409 },
  SERVICE_BUSY: { title: 'as many requests of this kind are under way as are allowed' },
  SERVICE_STOPPED: { title: 'Klawing is not running' },
  PORT_IN_USE: { title: 'another program listens on this port' },
} as const satisfies Readonly<Record<string, FaultEntry>>;

export type FaultCode = keyof typeof FAULTS;

const ENTRIES: Readonly<Record<FaultCode, FaultEntry>> = FAULTS;

/** The HTTP status of a fault, unless a route answers it with another. */
export const httpStatusOf = ({ code, retry }: Pick<Fault, 'code' | 'retry'>): number =>
  ENTRIES[code].status ?? (retry ? 503 : 500);

export const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(FAULTS, code);

export interface FaultOptions {
  readonly cause?: unknown;
  /** True for an outage: the same attempt may succeed later. False for a refusal: it never will. */
  readonly retry?: boolean;
  /** The delay before the next attempt that the other side asked for (HTTP `Retry-After`). */
  readonly retryAfter?: Duration | undefined;
  /** The member of the body that is refused, with dots. */
  readonly member?: string | undefined;
}

/**
 * An expected failure: a refusal (quarantine, problem document) or, with `retry`, an outage (the cursor stays, back
 * off). Anything else that is thrown is a bug and is left to stop the process.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  /** The error in this case, and the remedy; the title is not repeated. */
  readonly detail: string;
  readonly retry: boolean;
  /** The least time to wait before the next attempt; undefined when nobody asked for one. */
  readonly retryAfter: Duration | undefined;
  /** The member of the body that is refused, with dots; undefined where it is not one. */
  readonly member: string | undefined;

  constructor(code: FaultCode, detail: string, options: FaultOptions = {}) {
    // one bad packet can make thousands of refusals, and nobody reads where in the code a refusal was made
    const depth = Error.stackTraceLimit;
    if (options.retry !== true) Error.stackTraceLimit = 0;
    super(`${FAULTS[code].title}: ${detail}`, { cause: options.cause });
    Error.stackTraceLimit = depth;
    this.code = code;
    this.detail = detail;
    this.retry = options.retry ?? false;
    this.retryAfter = options.retryAfter;
    this.member = options.member;
  }
}

/** The result of a call, or undefined where it ends with a fault. */
export const unlessFault = <T>(call: () => T): T | undefined => {
  try {
    return call();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
};

/** Tells an outage from everything else. */
export const isOutage = (error: unknown): error is Fault => error instanceof Fault && error.retry;
