import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameScanner } from '#broker/mqtt/frame-scanner.ts';
import { guardFrames } from '#broker/mqtt/patches/packet-size.ts';
import { eventually } from '#test/support/eventually.ts';

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

/** Sizes of bodies within the limit; the header has 3 bytes for more than 127. */
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

/** Scans a stream and passes the bytes after the first packet again; returns the place of the first violation. */
const scanAll = (chunks: readonly Uint8Array[], scanner = new FrameScanner(limits)) => {
  let passed = 0;
  for (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0; ) {
      const { end, violation } = scanner.scan(rest);
      passed += end;
      if (violation !== undefined) return { violation, passed };
      rest = rest.subarray(end);
    }
  }
  return { violation: undefined, passed };
};

describe('the scanner', () => {
  test('accepts packets within the limit, for any chunks', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const stream = Buffer.concat(sizes.map((size) => frame(size)));
        expect(scanAll(split(stream, pieces))).toEqual({ violation: undefined, passed: stream.length });
      }),
    );
  });

  test('finds each packet above the limit by its header, for any chunks', () => {
    fc.assert(
      fc.property(bodies, cuts, fc.integer({ min: LIMIT - 2, max: 268_435_455 }), (sizes, pieces, tooLong) => {
        const header = Uint8Array.from([0x30, ...encodeLength(tooLong)]);
        const stream = Buffer.concat([...sizes.map((size) => frame(size)), header]);
        expect(scanAll(split(stream, pieces)).violation).toBe('packet-too-large');
      }),
    );
  });

  test('refuses a remaining length of more than four bytes (MQTT 3.1.1 section 2.2.3)', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const endless = Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]);
        const stream = Buffer.concat([...sizes.map((size) => frame(size)), endless]);
        expect(scanAll(split(stream, pieces)).violation).toBe('length-malformed');
      }),
    );
  });

  test('applies a separate limit to the first packet', () => {
    const scanner = (): FrameScanner => new FrameScanner({ connectBytes: 100, packetBytes: LIMIT });
    expect(scanAll([frame(99, 0x10)], scanner()).violation).toBe('connect-too-large');
    expect(scanAll([Buffer.concat([frame(98, 0x10), frame(900)])], scanner()).violation).toBeUndefined();
  });

  test('stops after the first packet, and before a packet above the limit', () => {
    const [first, second] = [frame(5, 0x10), frame(20)];
    const scanner = new FrameScanner(limits);
    const all = Buffer.concat([first, second, frame(2 * LIMIT)]);
    expect(scanner.scan(all)).toEqual({ end: first.length });
    const rest = all.subarray(first.length);
    expect(scanner.scan(rest)).toEqual({ end: second.length, violation: 'packet-too-large' });
  });

  test('counts complete packets and the bytes of an unfinished one, for any chunks', () => {
    fc.assert(
      fc.property(bodies, cuts, fc.nat(LIMIT), (sizes, pieces, cut) => {
        const frames = sizes.map((size) => frame(size));
        const last = frames.at(-1) ?? Buffer.of();
        const kept = cut % last.length;
        const stream = Buffer.concat([...frames.slice(0, -1), last.subarray(0, kept)]);
        const scanner = new FrameScanner(limits);
        scanAll(split(stream, pieces), scanner);
        expect([scanner.whole, scanner.unfinished]).toEqual([sizes.length - 1, kept]);
      }),
    );
  });

  test('includes the fixed header in the size', () => {
    expect(scanAll([frame(LIMIT - 3)]).violation).toBeUndefined();
    expect(scanAll([frame(LIMIT - 2)]).violation).toBe('packet-too-large');
  });
});

describe('the guard on a stream', () => {
  test('passes a valid stream unchanged, without copies of its chunks', () => {
    fc.assert(
      fc.property(bodies, cuts, (sizes, pieces) => {
        const stream = new PassThrough({ highWaterMark: 1 << 20 });
        const violations: string[] = [];
        guardFrames(stream, { limits, onViolation: (violation) => violations.push(violation) });
        const sent = Buffer.concat(sizes.map((size) => frame(size)));
        const received: Buffer[] = [];
        for (const chunk of split(sent, pieces)) {
          stream.write(chunk);
          for (let got: unknown = stream.read(); got instanceof Buffer; got = stream.read()) received.push(got);
        }
        expect(Buffer.concat(received)).toEqual(sent);
        expect(violations).toEqual([]);
      }),
    );
  });

  test('destroys the stream at the declared length and returns no further bytes', () => {
    const stream = new PassThrough();
    const violations: string[] = [];
    guardFrames(stream, { limits, onViolation: (violation) => violations.push(violation) });
    stream.write(Uint8Array.from([0x30, ...encodeLength(2_000_000)]));
    expect(stream.read()).toBeNull();
    expect(stream.destroyed).toBe(true);
    expect(stream.read()).toBeNull();
    expect(violations).toEqual(['packet-too-large']);
  });

  test('passes complete packets before a packet that is too large', () => {
    const stream = new PassThrough();
    guardFrames(stream, { limits, onViolation: () => undefined });
    const [first, second] = [frame(5, 0x10), frame(20)];
    stream.write(Buffer.concat([first, second, frame(2 * LIMIT)]));
    expect([stream.read(), stream.read(), stream.read()]).toEqual([first, second, null]);
  });

  test('holds the bytes after the first packet, and the end of the stream, until the CONNECT is answered', async () => {
    const stream = new PassThrough();
    let isAnswered = false;
    guardFrames(stream, { limits, onViolation: () => undefined, isAnswered: () => isAnswered });
    const [first, second] = [frame(5, 0x10), frame(20)];
    let isEnded = false;
    stream.on('end', () => (isEnded = true));
    stream.end(Buffer.concat([first, second]));
    expect([stream.read(), stream.read()]).toEqual([first, null]);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(isEnded).toBe(false);
    isAnswered = true;
    expect(stream.read()).toEqual(second);
    await eventually(() => expect(isEnded).toBe(true));
  });

  test('counts passed, unread and unfinished packets', () => {
    const stream = new PassThrough();
    const guard = guardFrames(stream, { limits, onViolation: () => undefined, isAnswered: () => false });
    stream.write(Buffer.concat([frame(5, 0x10), frame(20), frame(30), frame(40).subarray(0, 10)]));
    stream.read();
    expect(guard.sent()).toEqual({ whole: 3, unfinished: 10 });
  });
});
