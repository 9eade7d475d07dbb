import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameScanner, guardFrames } from '#broker/framing-guard.ts';

const LIMIT = 1_000;
const limits = { connectBytes: LIMIT, packetBytes: LIMIT };

const encodeLength = (length: number): number[] => {
  const bytes = [];
  let rest = length;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
};

const frame = (bodyBytes: number, first = 0x30): Uint8Array =>
  Buffer.concat([Uint8Array.from([first, ...encodeLength(bodyBytes)]), Buffer.alloc(bodyBytes, 0xff)]);

/** Sizes of bodies whose packets are within the limit; 3 bytes of header go with more than 127. */
const bodies = fc.array(fc.integer({ min: 0, max: LIMIT - 3 }), { minLength: 1, maxLength: 12 });
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });

const split = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
};

const scanAll = (chunks: readonly Uint8Array[]): string | undefined => {
  const scanner = new FrameScanner(limits);
  for (const chunk of chunks) {
    const violation = scanner.scan(chunk);
    if (violation !== undefined) return violation;
  }
  return undefined;
};

describe('the scanner', () => {
  test('flags no packet within the limit, however the stream is cut', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const stream = Buffer.concat(sizes.map((size) => frame(size)));
        expect(scanAll(split(stream, pieces))).toBeUndefined();
      }),
    );
  });

  test('flags every packet over the limit by its header alone, however the stream is cut', () => {
    fc.assert(
      fc.property(bodies, cuts, fc.integer({ min: LIMIT - 2, max: 268_435_455 }), (sizes, pieces, tooLong) => {
        const header = Uint8Array.from([0x30, ...encodeLength(tooLong)]);
        const stream = Buffer.concat([...sizes.map((size) => frame(size)), header]);
        expect(scanAll(split(stream, pieces))).toBe('packet-too-large');
      }),
    );
  });

  test('flags a remaining length whose fourth byte says that there is a fifth (MQTT 3.1.1 section 2.2.3)', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const endless = Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]);
        const stream = Buffer.concat([...sizes.map((size) => frame(size)), endless]);
        expect(scanAll(split(stream, pieces))).toBe('length-malformed');
      }),
    );
  });

  test('holds the first packet to a limit of its own', () => {
    const scanner = (): FrameScanner => new FrameScanner({ connectBytes: 100, packetBytes: LIMIT });
    expect(scanner().scan(frame(99, 0x10))).toBe('connect-too-large');
    expect(scanner().scan(Buffer.concat([frame(98, 0x10), frame(900)]))).toBeUndefined();
  });

  test('counts the fixed header into the size', () => {
    expect(scanAll([frame(LIMIT - 3)])).toBeUndefined();
    expect(scanAll([frame(LIMIT - 2)])).toBe('packet-too-large');
  });
});

describe('the guard on a stream', () => {
  test('passes a valid stream on unchanged, without copying its chunks', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const stream = new PassThrough({ highWaterMark: 1 << 20 });
        const violations: string[] = [];
        guardFrames(stream, limits, (violation) => violations.push(violation));
        const sent = Buffer.concat(sizes.map((size) => frame(size)));
        const received: Buffer[] = [];
        for (const chunk of split(sent, pieces)) {
          stream.write(chunk);
          const got: unknown = stream.read();
          if (got instanceof Buffer) received.push(got);
        }
        expect(Buffer.concat(received)).toEqual(sent);
        expect(violations).toEqual([]);
      }),
    );
  });

  test('destroys it at the declared length and gives nothing more', () => {
    const stream = new PassThrough();
    const violations: string[] = [];
    guardFrames(stream, limits, (violation) => violations.push(violation));
    stream.write(Uint8Array.from([0x30, ...encodeLength(2_000_000)]));
    expect(stream.read()).toBeNull();
    expect(stream.destroyed).toBe(true);
    expect(stream.read()).toBeNull();
    expect(violations).toEqual(['packet-too-large']);
  });
});
