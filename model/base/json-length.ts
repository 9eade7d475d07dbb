import { Fault } from './fault.ts';
import { readJsonText } from '#model/payload/json-text.ts';

const [COMMA, QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT] = [0x2c, 0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first byte behind a byte order mark and blanks. */
const beginOf = (bytes: Uint8Array): number => {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length && isBlank(bytes[at] ?? 0)) at += 1;
  return at;
};

/**
 * Counts the elements of the array that a text begins with, or the objects of a text that begins with an object. The count
 * means nothing if the text is not JSON.
 */
// oxlint-disable-next-line complexity -- one condition for each byte that counts
const elementsIn = (bytes: Uint8Array, from: number): number => {
  const isArray = bytes[from] === OPEN;
  let count = isArray ? 1 : 0;
  let depth = 0;
  let isText = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA) count += isArray && depth === 1 ? 1 : 0;
    else if (byte === OPEN || byte === OPEN_OBJECT) {
      if (depth === 0 && !isArray) count += 1;
      depth += 1;
    } else if (byte === CLOSE || byte === CLOSE_OBJECT) depth -= 1;
  }
  return count;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    const { values } = readJsonText(text);
    return values.length === 1 ? values[0] : values;
  }
};

const lengthOf = (text: string): number => {
  try {
    const given = parsed(text);
    return Array.isArray(given) ? given.length : 0;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return 0;
  }
};

/**
 * Length of the array that a JSON text is, or number of its objects one behind the other, when it is more than `most`; undefined
 * for every other text. Only a text with enough elements is parsed; for all others the bytes are scanned once at most.
 */
export const lengthBeyond = (most: number, bytes: Uint8Array): number | undefined => {
  // an element and its comma take two bytes at least, as an empty object does
  if (bytes.byteLength <= 2 * most) return undefined;
  const begin = beginOf(bytes);
  if (bytes[begin] !== OPEN && bytes[begin] !== OPEN_OBJECT) return undefined;
  if (elementsIn(bytes, begin) <= most) return undefined;
  const length = lengthOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  return length > most ? length : undefined;
};
