import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { segmentsOf } from './journals.ts';

/** Place and content of an entry on disk, read by hand as `journal/format/frame.ts` describes it. */
export interface Frame {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly sequence: number;
  readonly kind: 'readings' | 'another';
  readonly sender: string;
  readonly payload: Buffer;
}

const HEADER = 36;
/** The kinds are numbered, and readings are the first. */
const READINGS = 0;

const frameAt = (path: string, bytes: Buffer, offset: number): Frame => {
  const length = bytes.readUInt32LE(offset + 4);
  const senderAt = offset + HEADER;
  const topicAt = senderAt + bytes.readUInt16LE(offset + 32);
  return {
    path,
    offset,
    length,
    sequence: Number(bytes.readBigUInt64LE(offset + 8)),
    kind: bytes.readUInt8(offset + 30) === READINGS ? 'readings' : 'another',
    sender: bytes.toString('utf8', senderAt, topicAt),
    payload: Buffer.from(bytes.subarray(topicAt + bytes.readUInt16LE(offset + 34), offset + length)),
  };
};

/** Where the bytes of a journal ended that are known to be whole. */
export interface Whole {
  readonly segment: number;
  readonly offset: number;
}

const numberOf = (path: string): number => Number(/(\d+)\.seg$/.exec(path)?.[1]);

/** The entries behind a place up to one of this number, none of which may be damaged yet. */
export const framesBehind = (journal: string, { segment, offset }: Whole, through: number): readonly Frame[] => {
  const frames: Frame[] = [];
  for (const path of segmentsOf(journal)) {
    if (numberOf(path) < segment) continue;
    const bytes = readFileSync(path);
    for (let at = numberOf(path) === segment ? offset : 0; at + HEADER <= bytes.length; ) {
      const frame = frameAt(path, bytes, at);
      if (frame.sequence > through || frame.length < HEADER) break;
      frames.push(frame);
      at += frame.length;
    }
  }
  return frames;
};

/** Turns bits of one byte over, while others may write behind it. */
export const flipAt = (path: string, offset: number, bits: number): void => {
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, offset);
    byte[0] = (byte[0] ?? 0) ^ bits;
    writeSync(file, byte, 0, 1, offset);
  } finally {
    closeSync(file);
  }
};
