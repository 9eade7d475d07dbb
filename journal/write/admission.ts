import { Fault } from '#model/base/fault.ts';
import { isSystemError } from '#process/files.ts';
import type { JournalState } from '#journal/journal.ts';
import type { JournalSettings } from '#journal/settings.ts';
import type { Space } from './space.ts';

/** Bytes that may wait for a slow sync; further packets are refused. */
const MAX_PENDING_BYTES = 2 ** 26;

/** Decides whether the journal accepts a packet. */
export interface Admission {
  /** The fault of a failed write, until the repair. */
  failure(): Fault | undefined;
  /** Refuses packets after an error of the files, and returns the fault for callers. Any other error is returned as it is. */
  fail(error: unknown): unknown;
  reopen(): void;
  /** The fault with which a packet is refused now, or undefined. */
  refusal(): Fault | undefined;
  stalled(): JournalState['stalled'];
}

export interface AdmissionDeps {
  readonly folder: string;
  readonly settings: JournalSettings;
  readonly space: Space;
  /** Bytes on disk, and bytes that wait for their sync. */
  readonly held: () => number;
  readonly pending: () => number;
}

/** The fault of an error of the files. Any other error is returned as it is. */
export const faultOf = (error: unknown, folder: string): unknown => {
  if (!isSystemError(error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new Fault('JOURNAL_FULL', `no space is left for ${folder}; free some`, { cause: error, retry: true });
  }
  return new Fault('JOURNAL_WRITE_FAILED', `${error.message}; check the disk`, { cause: error, retry: true });
};

export const createAdmission = ({ folder, settings, space, held, pending }: AdmissionDeps): Admission => {
  let failure: Fault | undefined;

  const isFull = (): boolean => held() + pending() >= space.room();

  const full = (): Fault => {
    const { maxBytes, reserveBytes } = settings;
    const why = space.limit() === 'bound' ? `it holds ${maxBytes} bytes` : `less than ${reserveBytes} bytes are free`;
    return new Fault('JOURNAL_FULL', `${why} in ${folder}; free space, or let ingest catch up`, { retry: true });
  };

  return {
    failure: () => failure,
    fail: (error) => {
      const fault = faultOf(error, folder);
      if (fault instanceof Fault) failure = fault;
      return fault;
    },
    reopen: () => {
      failure = undefined;
    },
    refusal: () => {
      if (failure !== undefined) return failure;
      if (isFull()) return full();
      if (pending() < MAX_PENDING_BYTES) return undefined;
      return new Fault('JOURNAL_WRITE_FAILED', 'the disk is too slow: too many bytes wait for it', { retry: true });
    },
    stalled: () => {
      if (failure !== undefined) return failure.code === 'JOURNAL_FULL' ? 'reserve' : 'error';
      return isFull() ? space.limit() : undefined;
    },
  };
};
