import { decode, encode } from 'cbor2';
import { Tag } from 'cbor2/tag';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';

/** Arrays and maps inside each other: many times the depth of any message of a device. */
const MAX_DEPTH = 64;

/** The library reads behind the end of its input where an item is cut, or says a length that nothing can have. */
const isBeyondEnd = (error: unknown): boolean => error instanceof RangeError || error instanceof TypeError;

const explain = (error: unknown): Fault => {
  const reason = isBeyondEnd(error)
    ? 'an item is longer than the payload'
    : error instanceof Error
      ? error.message
      : '';
  return new Fault('PAYLOAD_UNREADABLE', `it is not CBOR: ${reason}; send one whole item of CBOR (RFC 8949)`);
};

/**
 * Reads one item of CBOR (RFC 8949). Maps become `Map`, tags stay `Tag`, large integers become `bigint`.
 * @throws Fault `PAYLOAD_UNREADABLE` for bytes that are no CBOR or more than one item, `NAME_TWICE` for a map with a key that
 * stands twice (section 5.6)
 */
export const readCbor = (payload: Uint8Array): unknown => {
  try {
    return decode(payload, {
      maxDepth: MAX_DEPTH,
      preferMap: true,
      rejectDuplicateKeys: true,
      ignoreGlobalTags: true,
      tags: new Map(),
    });
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Duplicate key')) {
      throw new Fault('NAME_TWICE', 'a map of CBOR has a key twice; send each name once');
    }
    throw explain(error);
  }
};

/** Writes one item of CBOR. */
export const writeCbor = (value: unknown): Uint8Array => encode(value);

type Name = (key: unknown) => string | undefined;

/** Text keys as they are; integers by their digits. */
const plainName: Name = (key) => {
  if (typeof key === 'string') return key.toWellFormed();
  return typeof key === 'number' || typeof key === 'bigint' ? String(key) : undefined;
};

const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

const numberText = (value: number | bigint): string => {
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'null' : JSON.stringify('an infinite number');
};

/** The bytes of a big number (section 3.4.3), the most significant first. */
const bigOf = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);

/** Beyond it every fraction is 0 or infinite, to either base. */
const LARGEST_EXPONENT = 2_000;

/** A decimal fraction or a big float (section 3.4.4): exponent and mantissa. */
const fractionText = (contents: unknown, base: 2 | 10): string | undefined => {
  if (!Array.isArray(contents) || contents.length !== 2) return undefined;
  const [exponent, mantissa]: readonly unknown[] = contents;
  if (!isInteger(exponent) || !isInteger(mantissa) || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return undefined;
  return base === 10 ? `${mantissa}e${exponent}` : numberText(Number(mantissa) * 2 ** Number(exponent));
};

/** A time of tag 1: seconds since 1970. */
const epochText = (seconds: unknown): string | undefined => {
  if (typeof seconds !== 'number' && typeof seconds !== 'bigint') return undefined;
  const ms = Math.trunc(Number(seconds) * 1_000);
  return Math.abs(ms) <= 8.64e15 ? JSON.stringify(formatInstant(ms)) : undefined;
};

/** Tags of RFC 8949, sections 3.4.1 to 3.4.6, that a reading may have; any other is shown by its number. */
const tagText = ({ tag, contents }: Tag, name: Name): string => {
  const known = (): string | undefined => {
    if (tag === 0) return typeof contents === 'string' ? JSON.stringify(contents) : undefined;
    if (tag === 1) return epochText(contents);
    if (tag === 2 && contents instanceof Uint8Array) return String(bigOf(contents));
    if (tag === 3 && contents instanceof Uint8Array) return String(-1n - bigOf(contents));
    if (tag === 4) return fractionText(contents, 10);
    if (tag === 5) return fractionText(contents, 2);
    return tag === 55_799 ? cborAsJson(contents, name) : undefined;
  };
  return known() ?? JSON.stringify(`tag ${String(tag)}`);
};

const mapText = (map: ReadonlyMap<unknown, unknown>, name: Name): string => {
  const members = Array.from(map, ([key, value]) => {
    const given = name(key);
    if (given === undefined)
      throw new Fault('PAYLOAD_UNREADABLE', 'a key of a map of CBOR is neither text nor integer');
    return `${JSON.stringify(given)}:${cborAsJson(value, name)}`;
  });
  return `{${members.join(',')}}`;
};

/**
 * An item of CBOR as JSON text, so that one reader reads both. NaN and `undefined` become null, which means missing; a time
 * becomes text of RFC 3339, a decimal fraction a number; an infinite number, bytes and an unknown tag become text, which
 * is no reading.
 * @param name of a key; undefined where a key cannot be a name
 */
export const cborAsJson = (value: unknown, name: Name = plainName): string => {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'bigint') return numberText(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => cborAsJson(each, name)).join(',')}]`;
  if (value instanceof Map) return mapText(value, name);
  if (value instanceof Tag) return tagText(value, name);
  if (value instanceof Uint8Array) return JSON.stringify(`h'${Buffer.from(value).toString('hex')}'`);
  return JSON.stringify('a simple value');
};
