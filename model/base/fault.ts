import type { Duration } from './duration.ts';

/**
 * Every way in which a packet, a setting or a request is refused. A key is the stable code that logs, quarantine and
 * problem documents carry; `docs/faults.md` explains each in Indonesian and English, and a test keeps the two equal.
 */
export const FAULTS = {
  // a packet that cannot be read
  PAYLOAD_EMPTY: 'the payload is empty',
  PAYLOAD_NOT_JSON: 'the payload is not JSON',
  PAYLOAD_SHAPE: 'the payload is neither an object of values nor an array of them',
  PAYLOAD_TOO_LONG: 'the array holds more readings than one packet may',
  PAYLOAD_TOO_LARGE: 'the payload is larger than 1 MiB',
  PAYLOAD_UNREADABLE: 'the bytes are not what the codec of the device reads',
  CODEC_UNKNOWN: 'no codec has this name',
  LENGTH_MISSING: 'the request has neither a body nor a Content-Length',
  ENCODING_UNKNOWN: 'the Content-Encoding is not supported',
  ENCODING_UNREADABLE: 'the body cannot be decoded as its Content-Encoding says',
  // one reading of a packet that cannot be believed
  PROPERTY_UNKNOWN: 'the family of this station has no such property',
  VALUE_NOT_A_NUMBER: 'the value is not a number',
  TIME_MISSING: 'a reading in an array needs its own time',
  TIME_UNREADABLE: 'the time is neither RFC 3339 nor a number of seconds or milliseconds since 1970',
  TIME_BEFORE_2020: 'the time lies before 2020: the clock of the device was never set',
  TIME_AHEAD: 'the time lies more than 10 minutes ahead: the clock or the time zone of the device is wrong',
  ID_UNREADABLE: 'the id is neither a text nor a number',
  PROPERTY_TWICE: 'two fields of one reading name the same property',
  MEMBER_STRAY: 'a member stands beside the values of its reading',
  VALUES_TOO_MANY: 'the reading has more values than one may',
  NO_VALUES: 'the reading has no values',
  DEVICE_UNKNOWN: 'no device is registered under this name',
  DEVICE_UNASSIGNED: 'the device was not assigned to a station at that time',
  // a sender that may not do what it tried
  CREDENTIALS_REFUSED: 'unknown device or wrong secret',
  CLIENT_ID_REFUSED: 'the client id must be the device name or start with it and a dot',
  TOPIC_REFUSED: 'the sender may not use this topic',
  TOKEN_REFUSED: 'the token is missing or wrong',
  CLAIM_REFUSED: 'the claim code is wrong, used or out of date',
  CLAIM_LIMITED: 'too many claim codes were tried',
  RATE_LIMITED: 'the device sends more than it may, or too many requests at one time',
  TLS_REQUIRED: 'this is answered over an encrypted connection only',
  PACKET_TOO_LARGE: 'the MQTT packet is larger than 1 MiB',
  // something that is away, full or damaged
  JOURNAL_FULL: 'the journal has reached its bound or the disk its reserve',
  JOURNAL_WRITE_FAILED: 'the journal could not be written and synced',
  JOURNAL_LOCKED: 'another process writes this journal',
  JOURNAL_DAMAGED: 'bytes inside the journal are damaged',
  JOURNAL_UNREADABLE: 'the files of the journal could not be read',
  SESSIONS_DAMAGED: 'the kept sessions of the broker could not be read',
  SESSIONS_AWAY: 'the kept sessions of the broker cannot be opened',
  JOURNAL_FOREIGN: 'the journal is not the one that the cursor belongs to',
  JOURNAL_TRIMMED: 'the journal no longer holds the entries that the cursor asks for',
  BROKER_UNREACHABLE: 'the broker did not answer on its local socket',
  STORE_UNREACHABLE: 'the store did not answer',
  STORE_REFUSED: 'the store refused the readings for good',
  STORE_FAILED: 'the store could not complete the request',
  CHANNEL_UNREACHABLE: 'the channel did not take the message',
  CHANNEL_LOGIN_REFUSED: 'the channel did not accept user or password',
  CHANNEL_REFUSED: 'the channel refused the message for good',
  OPERATIONS_FAILED: 'the operations database could not be read or written',
  OPERATIONS_OLDER: 'the operations database is older than the work that was done beside it',
  DATA_LOCKED: 'another process uses this data folder',
  DATA_NEWER: 'the data folder was written by a newer version',
  DATA_OLDER: 'the data folder was written by a version from before the first release',
  DATA_UNWRITABLE: 'the data folder cannot be written',
  BACKUP_FAILED: 'the files of a backup could not be written',
  BACKUP_FULL: 'the disk that a backup is written to has no room for it',
  BACKUP_DAMAGED: 'the backup is not what its manifest says',
  CLOCK_JUMPED: 'the clock of the machine is not where the time that passed would have it',
  // a request or a setting that is wrong
  SETTING_INVALID: 'a setting is wrong',
  REQUEST_INVALID: 'what was asked for is wrong',
  NOT_FOUND: 'there is no such thing',
  CONSOLE_MISSING: 'the console is not built',
  CONFLICT: 'it exists already with other content',
  SERVICE_BUSY: 'as many requests of this kind are under way as are allowed',
  SERVICE_STOPPED: 'Klawing is not running',
  PORT_IN_USE: 'another program listens on this port',
} as const;

export type FaultCode = keyof typeof FAULTS;

export const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(FAULTS, code);

export interface FaultOptions {
  readonly cause?: unknown;
  /** True for an outage: the same attempt may succeed later. False for a refusal: it never will. */
  readonly retry?: boolean;
  /** How long the other side asked us to wait before the next attempt (HTTP `Retry-After`). */
  readonly retryAfter?: Duration | undefined;
}

/**
 * An expected failure: a refusal (quarantine, problem document) or, with `retry`, an outage (the cursor stays, back
 * off). Anything else that is thrown is a bug and is left to stop the process.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  /** What was wrong here, and what to do about it; the code's own sentence is not repeated. */
  readonly detail: string;
  readonly retry: boolean;
  /** The least time to wait before the next attempt; undefined when nobody asked for one. */
  readonly retryAfter: Duration | undefined;

  constructor(code: FaultCode, detail: string, options: FaultOptions = {}) {
    // one bad packet can make thousands of refusals, and nobody reads where in the code a refusal was made
    const depth = Error.stackTraceLimit;
    if (options.retry !== true) Error.stackTraceLimit = 0;
    super(`${FAULTS[code]}: ${detail}`, { cause: options.cause });
    Error.stackTraceLimit = depth;
    this.code = code;
    this.detail = detail;
    this.retry = options.retry ?? false;
    this.retryAfter = options.retryAfter;
  }
}

/** Tells an outage from everything else. */
export const isOutage = (error: unknown): error is Fault => error instanceof Fault && error.retry;
