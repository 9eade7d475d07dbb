import { Fault } from '#model/base/fault.ts';

/**
 * Bytes of a command as they are registered: hexadecimal digits, and arguments as `{name:type}`, where a type is `u8`,
 * `i8`, or 16 or 32 bits (`u16`, `i32`), the least significant byte first with `le` behind it. `ff03{interval:u16le}`
 * with an interval of 600 is `ff 03 58 02`.
 */
export const BYTES_TEMPLATE = /^(?:[0-9A-Fa-f]{2}|\{[A-Za-z0-9_.-]{1,64}:[ui](?:8|(?:16|32)(?:le)?)\})+$/;

/** The largest payload that any data rate of LoRaWAN carries (regional parameters RP002). */
const MOST_BYTES = 242;

const PART = /([0-9A-Fa-f]{2})|\{([^:]+):([ui])(8|16|32)(le)?\}/g;

const integerBytes = (
  name: string,
  value: unknown,
  type: { isSigned: boolean; bits: number; isLittle: boolean },
): Uint8Array => {
  const { isSigned, bits, isLittle } = type;
  const [low, high] = isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const given = typeof value === 'boolean' ? Number(value) : value;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < low || given > high) {
    const what = value === undefined ? 'it was not given' : 'this is none';
    throw new Fault('REQUEST_INVALID', `argument "${name}" has to be a whole number from ${low} to ${high}; ${what}`);
  }
  const bytes = Buffer.alloc(bits / 8);
  const unsigned = given < 0 ? given + 2 ** bits : given;
  if (isLittle) bytes.writeUIntLE(unsigned, 0, bytes.length);
  else bytes.writeUIntBE(unsigned, 0, bytes.length);
  return bytes;
};

/**
 * Fills arguments into a template.
 * @throws Fault `REQUEST_INVALID` for an argument that is missing or does not fit, and for more bytes than LoRaWAN carries
 */
export const fillBytes = (template: string, given: Readonly<Record<string, unknown>>): Uint8Array => {
  const parts = [...template.matchAll(PART)].map(([, hex, name = '', sign, bits, le]): Uint8Array => {
    if (hex !== undefined) return Buffer.from(hex, 'hex');
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return integerBytes(name, value, { isSigned: sign === 'i', bits: Number(bits), isLittle: le === 'le' });
  });
  const bytes = Buffer.concat(parts);
  if (bytes.length <= MOST_BYTES) return bytes;
  throw new Fault('REQUEST_INVALID', `it comes to ${bytes.length} bytes, and LoRaWAN carries ${MOST_BYTES} at most`);
};
