/**
 * What makes a terminal do or hide something in place of showing it: control characters, with those that begin an escape
 * sequence, invisible ones, with those that turn the direction of text, separators of lines, halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escapeOf = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'))
    .map((code) => `\\u${code}`)
    .join('');

/**
 * Text as it may reach a terminal, whoever chose it: a device can put anything into a topic, a name or a payload. What is
 * unsafe stands there as JSON escapes it, so that JSON stays the same JSON. Ends of lines and tabs stay.
 */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (character) => (character === '\n' || character === '\t' ? character : escapeOf(character)));

/** The same as a part of a line: text of a device begins no line of its own. */
export const onOneLine = (text: string): string => text.replace(UNSAFE, escapeOf);
