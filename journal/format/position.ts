import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { isSystemError } from '#process/files.ts';

/**
 * The synced position, which the writer publishes after each group commit for readers in other processes. It is written after
 * the sync and not synced itself: after a power cut it may be behind the segments, but never ahead of them.
 */
export interface SyncedPosition {
  readonly journal: string;
  /** Newest synced entry. */
  readonly last: number;
  /** The active segment, and the end of its synced bytes. */
  readonly segment: number;
  readonly offset: number;
}

export const POSITION_FILE = 'position';

const JOURNAL_AT = 28;
const POSITION_BYTES = JOURNAL_AT + 36;
/** A read during a write is repeated, for longer than the system suspends the writer. */
const ATTEMPTS = 10_000;

/** Layout, little-endian: CRC-32 of the rest, last, segment and offset as f64, the journal's id as 36 characters. */
export const encodePosition = ({ journal, last, segment, offset }: SyncedPosition): Buffer => {
  const bytes = Buffer.alloc(POSITION_BYTES);
  bytes.writeDoubleLE(last, 4);
  bytes.writeDoubleLE(segment, 12);
  bytes.writeDoubleLE(offset, 20);
  bytes.write(journal, JOURNAL_AT, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
};

const decodePosition = (bytes: Buffer): SyncedPosition | undefined => {
  if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
  return {
    journal: bytes.toString('latin1', JOURNAL_AT),
    last: bytes.readDoubleLE(4),
    segment: bytes.readDoubleLE(12),
    offset: bytes.readDoubleLE(20),
  };
};

/**
 * Reads the published position of a folder. Undefined without a complete one. A file that cannot be opened for another reason,
 * such as too many open files, throws the error of the system: it does not mean that the journal is missing.
 */
export const readPosition = (folder: string): SyncedPosition | undefined => {
  const bytes = Buffer.alloc(POSITION_BYTES);
  let fd: number;
  try {
    fd = openSync(`${folder}/${POSITION_FILE}`, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (readSync(fd, bytes, 0, POSITION_BYTES, 0) < POSITION_BYTES) return undefined;
      const position = decodePosition(bytes);
      if (position !== undefined) return position;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
};
