import { createGunzip, createInflate, createInflateRaw, type Gunzip, type Inflate, type InflateRaw } from 'node:zlib';
import { Fault } from '#model/base/fault.ts';

/** Supported content codings of bodies with readings (RFC 9110, 8.4.1). */
export const ENCODINGS = ['gzip', 'deflate'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const NAMES: ReadonlyMap<string, Encoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);

/**
 * Coding of a body by its `Content-Encoding`; undefined for a plain body.
 * @throws Fault `ENCODING_UNKNOWN` for another coding, and for several
 */
export const encodingOf = (header: string | undefined): Encoding | undefined => {
  const codings = (header ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const [coding, ...more] = codings.filter((each) => each !== '' && each !== 'identity');
  if (coding === undefined) return undefined;
  const encoding = NAMES.get(coding);
  if (encoding !== undefined && more.length === 0) return encoding;
  throw new Fault(
    'ENCODING_UNKNOWN',
    `"${header}" is not supported; send ${ENCODINGS.join(' or ')}, or the body uncompressed`,
  );
};

/** Bodies decoded at one time. Each takes up to twice the limit during decoding; the others wait undecoded. */
const AT_ONCE = 4;

type DecoderEngine = Gunzip | Inflate | InflateRaw;

/** HTTP's `deflate` is a stream with zlib's header (RFC 1950); some senders send the bare stream of RFC 1951. */
const hasZlibHeader = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;

const engineFor = (encoding: Encoding, body: Uint8Array): DecoderEngine => {
  if (encoding === 'gzip') return createGunzip();
  return hasZlibHeader(body) ? createInflate() : createInflateRaw();
};

/** Decodes the body; never holds more output than the limit and one chunk. */
const run = async (engine: DecoderEngine, body: Uint8Array, limit: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const out: AsyncIterable<Uint8Array> = engine;
  engine.end(body);
  for await (const part of out) {
    bytes += part.byteLength;
    if (bytes > limit)
      throw new Fault('PAYLOAD_TOO_LARGE', `the decoded body has more than ${limit} bytes; send it in pieces`);
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
};

const isOfZlib = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

const unreadable = (encoding: Encoding, why: string, cause?: unknown): Fault =>
  new Fault('ENCODING_UNREADABLE', `it is not valid ${encoding}: ${why}; check the compression, and send it again`, {
    cause,
  });

/** Refuses bytes after the end of the stream, which would be lost silently. Zeros are padding. */
const checkEnd = (engine: DecoderEngine, encoding: Encoding, body: Uint8Array): void => {
  const isPadded = body.subarray(engine.bytesWritten).every((byte) => byte === 0);
  if (!isPadded) throw unreadable(encoding, `it ends after ${engine.bytesWritten} of ${body.byteLength} bytes`);
};

/** Decodes bodies, a few at one time, each up to a size. */
export interface BodyDecoder {
  /** Largest output in bytes. */
  readonly limit: number;
  /** @throws Fault `PAYLOAD_TOO_LARGE`, `ENCODING_UNREADABLE` */
  decode(encoding: Encoding, body: Uint8Array): Promise<Uint8Array>;
}

export const makeBodyDecoder = (limit: number): BodyDecoder => {
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < AT_ONCE) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return {
    limit,
    decode: async (encoding, body) => {
      await enter();
      try {
        const engine = engineFor(encoding, body);
        const payload = await run(engine, body, limit);
        checkEnd(engine, encoding, body);
        return payload;
      } catch (error) {
        if (!isOfZlib(error)) throw error;
        throw unreadable(encoding, error.message, error);
      } finally {
        leave();
      }
    },
  };
};
