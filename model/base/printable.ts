/**
 * Characters that a terminal obeys or hides: control characters (they begin escape sequences), format characters (invisible or
 * bidirectional), line separators, and halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escapeOf = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'))
    .map((code) => `\\u${code}`)
    .join('');

/**
 * Makes text safe for a terminal: a device can put anything into a topic, a name or a payload. Unsafe characters become their
 * JSON escapes, so JSON keeps its value. Line ends and tabs stay.
 */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (character) => (character === '\n' || character === '\t' ? character : escapeOf(character)));

/** The same for a part of one line: line ends and tabs are escaped too, so the text of a device never starts a line. */
export const onOneLine = (text: string): string => text.replace(UNSAFE, escapeOf);
