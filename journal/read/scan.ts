import type { FileHandle } from 'node:fs/promises';
import type { DamagedRange } from '#journal/journal.ts';
import {
  chunkOf,
  frameLength,
  frameSequence,
  HEADER_BYTES,
  isIntact,
  isPlausible,
  type Chunk,
} from '#journal/format/frame.ts';

/** Part of a segment to read. */
export interface SegmentRange {
  readonly file: FileHandle;
  /** Name of the segment, for the report of damage. */
  readonly name: string;
  /** Offset of the frame with the number `expected`. */
  readonly offset: number;
  readonly expected: number;
  /** Offset of the first byte that is not read. */
  readonly end: number;
  readonly seed: number;
  /** Number of bytes of one read. */
  readonly chunkBytes: number;
}

export interface Visitor {
  /** Called for each intact frame in order; false stops after it. */
  frame(chunk: Chunk, at: number, sequence: number, length: number): boolean;
  /** Called for entries that are missing between two intact frames. */
  damage(range: DamagedRange): void;
}

/** End of a scan: the end of its range, a frame after which the visitor stopped, or bytes that are not a frame. */
export interface ScanEnd {
  readonly why: 'end' | 'stopped' | 'unreadable';
  readonly offset: number;
  /** The number that the frame at `offset` should have. */
  readonly expected: number;
}

const readChunk = async (file: FileHandle, offset: number, length: number): Promise<Chunk> => {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return chunkOf(bytes.subarray(0, filled));
};

interface Pass {
  readonly why: 'more' | 'stopped' | 'unreadable';
  readonly at: number;
  readonly expected: number;
  /** Length of the frame at `at`, by its header, when it ends after the chunk. */
  readonly wanted: number;
}

interface Ahead {
  readonly expected: number;
  /** Number of bytes from the start of the chunk to the end of the range. */
  readonly left: number;
  readonly seed: number;
}

/** Visits the complete frames of a chunk. */
const passChunk = (chunk: Chunk, { expected: start, left, seed }: Ahead, visit: Visitor): Pass => {
  const { length } = chunk.bytes;
  const isLast = length === left;
  let expected = start;
  let at = 0;
  while (at < length) {
    if (length - at < HEADER_BYTES) return { why: isLast ? 'unreadable' : 'more', at, expected, wanted: HEADER_BYTES };
    if (!isPlausible(chunk, at, left) || frameSequence(chunk, at) !== expected) {
      return { why: 'unreadable', at, expected, wanted: 0 };
    }
    const size = frameLength(chunk, at);
    if (at + size > length) return { why: 'more', at, expected, wanted: size };
    if (!isIntact(chunk, at, seed)) return { why: 'unreadable', at, expected, wanted: 0 };
    const isContinued = visit.frame(chunk, at, expected, size);
    at += size;
    expected += 1;
    if (!isContinued) return { why: 'stopped', at, expected, wanted: 0 };
  }
  return { why: 'more', at, expected, wanted: HEADER_BYTES };
};

/** Finds the next intact frame after damage at the start of the chunk, first at the end of the damaged frame by its header. */
const findFrame = (chunk: Chunk, on: SegmentRange, expected: number): number | undefined => {
  const { length } = chunk.bytes;
  const isFrame = (at: number): boolean => {
    if (at + HEADER_BYTES > length || !isPlausible(chunk, at, length)) return false;
    const ahead = frameSequence(chunk, at) - expected;
    return ahead >= 0 && ahead <= on.end / HEADER_BYTES && isIntact(chunk, at, on.seed);
  };
  const claimed = length < HEADER_BYTES ? 0 : frameLength(chunk, 0);
  if (claimed >= HEADER_BYTES && isFrame(claimed)) return claimed;
  for (let at = 0; at + HEADER_BYTES <= length; at += 1) if (isFrame(at)) return at;
  return undefined;
};

/** Searches in growing windows, because damage is usually short, until a frame is found or the range ends. */
const resync = async (
  on: SegmentRange,
  offset: number,
  expected: number,
): Promise<{ at: number; sequence: number } | undefined> => {
  for (let window = on.chunkBytes; ; window *= 8) {
    const chunk = await readChunk(on.file, offset, Math.min(window, on.end - offset));
    const at = findFrame(chunk, on, expected);
    if (at !== undefined) return { at: offset + at, sequence: frameSequence(chunk, at) };
    if (chunk.bytes.length < window) return undefined;
  }
};

/** Visits each intact frame of a range in order and reports the damage between them. */
export const scan = async (on: SegmentRange, visit: Visitor): Promise<ScanEnd> => {
  let { offset, expected } = on;
  let wanted = 0;
  while (offset < on.end) {
    const length = Math.min(Math.max(on.chunkBytes, wanted), on.end - offset);
    const chunk = await readChunk(on.file, offset, length);
    const isCutShort = chunk.bytes.length < length;
    const left = isCutShort ? chunk.bytes.length : on.end - offset;
    const pass = passChunk(chunk, { expected, left, seed: on.seed }, visit);
    offset += pass.at;
    expected = pass.expected;
    wanted = pass.wanted;
    if (pass.why === 'stopped') return { why: 'stopped', offset, expected };
    if (pass.why === 'more') {
      if (isCutShort) return { why: 'unreadable', offset, expected };
      continue;
    }
    const found = await resync(on, offset, expected);
    if (found === undefined) return { why: 'unreadable', offset, expected };
    if (found.sequence > expected) {
      visit.damage({ from: expected, to: found.sequence - 1, where: `${on.name} at byte ${offset}` });
    }
    ({ at: offset, sequence: expected } = found);
  }
  return { why: 'end', offset, expected };
};
