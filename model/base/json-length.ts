const [COMMA, QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT] = [0x2c, 0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Counts the commas between the elements of the array that a text begins with. The count means nothing if the text is not JSON. */
const commasIn = (bytes: Uint8Array, from: number): number => {
  let commas = 0;
  let depth = 0;
  let isText = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA) commas += depth === 1 ? 1 : 0;
    else if (byte === OPEN || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE || byte === CLOSE_OBJECT) depth -= 1;
  }
  return commas;
};

const lengthOf = (text: string): number => {
  try {
    const given: unknown = JSON.parse(text);
    return Array.isArray(given) ? given.length : 0;
  } catch {
    return 0;
  }
};

/**
 * Length of the array that a JSON text is, when it is longer than `most`; undefined for every other text. Only a text with
 * enough commas is parsed; for all others the bytes are scanned once at most.
 */
export const lengthBeyond = (most: number, bytes: Uint8Array): number | undefined => {
  // an element and its comma take two bytes at least
  if (bytes.byteLength <= 2 * most) return undefined;
  const begin = bytes.findIndex((byte) => !isBlank(byte));
  if (bytes[begin] !== OPEN || commasIn(bytes, begin) < most) return undefined;
  const length = lengthOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  return length > most ? length : undefined;
};
