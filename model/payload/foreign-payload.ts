import { Fault } from '#model/base/fault.ts';

/** First bytes of compressed formats. */
const COMPRESSED: readonly (readonly [name: string, ...bytes: number[]])[] = [
  ['gzip', 0x1f, 0x8b],
  ['zlib (deflate)', 0x78, 0x01],
  ['zlib (deflate)', 0x78, 0x9c],
  ['zlib (deflate)', 0x78, 0xda],
  ['zstd', 0x28, 0xb5, 0x2f, 0xfd],
];

const compressionOf = (payload: Uint8Array): string | undefined =>
  COMPRESSED.find(([, ...bytes]) => bytes.every((byte, at) => payload[at] === byte))?.[0];

/** A byte order mark of UTF-16, or a bracket, quote or digit beside a NUL. */
const isUtf16 = ([first, second]: Uint8Array): boolean => {
  if (first === undefined || second === undefined) return false;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return (first === 0) !== (second === 0) && [0x7b, 0x5b, 0x22].includes(first + second);
};

/** Bytes that are looked at; a table is recognised by its first lines. */
const LOOKED_AT = 2_000;
const SEPARATORS = [',', ';', '\t'];
/** A text without control characters, that is neither JSON nor a list of `name=value`. */
// oxlint-disable-next-line no-control-regex -- a line with control characters is not text
const PLAIN_LINE = /^[^{}[\]=\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]+$/;

const cellsOf = (line: string, separator: string): number => line.split(separator).length;

/** Lines with the same number of cells, at least two. */
const isTable = (payload: Uint8Array): boolean => {
  const text = Buffer.from(payload.subarray(0, LOOKED_AT)).toString('latin1');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [head = ''] = lines;
  const whole = payload.byteLength > LOOKED_AT && lines.length > 1 ? lines.slice(0, -1) : lines;
  if (!whole.every((line) => PLAIN_LINE.test(line))) return false;
  return SEPARATORS.some(
    (separator) =>
      cellsOf(head, separator) > 1 && whole.every((line) => cellsOf(line, separator) === cellsOf(head, separator)),
  );
};

/** The fault of a payload that is not JSON but of a well-known other form; undefined where its form is not known. */
export const faultOfForeign = (payload: Uint8Array): Fault | undefined => {
  const compression = compressionOf(payload);
  if (compression !== undefined) {
    const advice = 'send plain JSON, or over HTTP with "Content-Encoding: gzip" or "deflate"';
    return new Fault('PAYLOAD_COMPRESSED', `its first bytes are those of ${compression}; ${advice}`);
  }
  if (isUtf16(payload)) return new Fault('PAYLOAD_UTF16', 'every second byte is 0; send the same text in UTF-8');
  if (isTable(payload)) {
    const example = '{"time": "2026-11-24T03:00:00Z", "values": {"pm2_5": 38.5}}';
    return new Fault(
      'PAYLOAD_CSV',
      `its lines are cells between separators; send an object for each line, as ${example}`,
    );
  }
  return undefined;
};
