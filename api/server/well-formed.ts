/** JSON escapes half of a surrogate pair, and nothing else between D800 and DFFF; a pair of backslashes begins no escape. */
const HALF_PAIRS = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;

/**
 * The text of a JSON answer with U+FFFD for each half of a surrogate pair: a device may have sent one, and many readers of JSON
 * refuse a whole document for it.
 */
export const wellFormedJson = (json: string): string =>
  json.includes(String.raw`\ud`) ? json.replaceAll(HALF_PAIRS, (found) => (found === '\\\\' ? found : '\uFFFD')) : json;

/** Levels of a body that are looked into; none that is accepted has more. */
const LEVELS = 32;

/** A value of a JSON body in texts that every database can hold. */
export const wellFormed = (value: unknown, level = 0): unknown => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || level > LEVELS) return value;
  if (Array.isArray(value)) return value.map((each) => wellFormed(each, level + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member, level + 1)]),
  );
};
