/**
 * Patch: ill-formed strings.
 *
 * Upstream: the parser replaces bytes that are not UTF-8 by U+FFFD, and accepts U+0000.
 * Clause: [MQTT-1.5.3-1] and [MQTT-1.5.3-2], the server closes the connection.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import { isUtf8 } from 'node:buffer';
import type { Parser } from '#broker/mqtt/patches/internals.ts';

/** The replacement character, and the forbidden character. */
// oxlint-disable-next-line no-control-regex -- U+0000 is the character that the clause forbids
const SUSPECT = /[\u0000\uFFFD]/;

/** True when a string was read from well-formed bytes without U+0000. The bytes are read when the string does not decide. */
export const isWellFormed = (text: string, bytes: () => Uint8Array): boolean =>
  !SUSPECT.test(text) || (!text.includes('\u0000') && isUtf8(bytes()));

/** Makes the parser fail at an ill-formed string. */
export const checkStrings = (parser: Parser): void => {
  const parse = parser._parseString.bind(parser);
  parser._parseString = () => {
    const from = parser._pos + 2;
    const text = parse();
    return text === null || isWellFormed(text, () => parser._list.slice(from, parser._pos)) ? text : null;
  };
};
