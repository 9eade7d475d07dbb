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

/** What of a segment is to be read. */
export interface Stretch {
  readonly file: FileHandle;
  /** For the operator, where damage is found. */
  readonly name: string;
  /** Where the frame numbered `expected` should begin. */
  readonly offset: number;
  readonly expected: number;
  /** Nothing at or behind this offset is looked at. */
  readonly end: number;
  readonly seed: number;
  /** Bytes that are read at a time. */
  readonly chunkBytes: number;
}

export interface Visitor {
  /** Called for every intact frame in order; false stops behind it. */
  frame(chunk: Chunk, at: number, sequence: number, length: number): boolean;
  /** Called for entries that should stand between two intact frames and do not. */
  damage(range: DamagedRange): void;
}

/** Where a scan ended: at the end of its stretch, behind a frame that stopped it, or before bytes that are no frame. */
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
  /** How long the frame at `at` claims to be, when it reaches beyond the chunk. */
  readonly wanted: number;
}

interface Ahead {
  readonly expected: number;
  /** Bytes from the chunk's start to the end of the stretch. */
  readonly left: number;
  readonly seed: number;
}

/** Visits the frames that lie whole in a chunk. */
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
    const goOn = visit.frame(chunk, at, expected, size);
    at += size;
    expected += 1;
    if (!goOn) return { why: 'stopped', at, expected, wanted: 0 };
  }
  return { why: 'more', at, expected, wanted: HEADER_BYTES };
};

/** Finds the next intact frame behind damage at the chunk's start: first where the damaged one claims to end. */
const findFrame = (chunk: Chunk, on: Stretch, expected: number): number | undefined => {
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

/** Reads on in growing windows, as damage is nearly always short, until a frame is found or the stretch ends. */
const resync = async (
  on: Stretch,
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

/** Visits every intact frame of a stretch in order and names what is damaged between them. */
export const scan = async (on: Stretch, visit: Visitor): Promise<ScanEnd> => {
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
