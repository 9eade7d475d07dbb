const [QUOTE, BACKSLASH, COLON, SPACE] = [0x22, 0x5c, 0x3a, 0x20];
/** Values that are nested deeper are counted without recursion. */
const MOST_DEPTH = 32;

/**
 * Number of members of all objects in a text that is JSON, or more: a colon behind a quote or a blank may also stand in a
 * string, where it hardly ever does.
 */
const membersAtMost = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE || before <= SPACE) count += 1;
  }
  return count;
};

/** The closing quote of the string that begins behind a position. */
const closingQuote = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
};

/** Number of members of all objects in a text that is JSON. */
const membersWritten = (text: string): number => {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) count += 1;
    else if (code === QUOTE) at = closingQuote(text, at + 1);
  }
  return count;
};

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Number of members of all objects in a value that may be nested deeper than the stack. */
const membersBelow = (value: object): number => {
  const open: object[] = [value];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const values: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += values.length;
    for (const each of values) if (isNested(each)) open.push(each);
  }
  return count;
};

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isNested(value) && !Array.isArray(value);

/** Number of members of all objects in a value. Every message without a template comes by here, so that nothing is copied. */
const membersIn = (value: unknown, depth = 0): number => {
  if (!isNested(value)) return 0;
  if (depth > MOST_DEPTH) return membersBelow(value);
  let count = 0;
  if (isMembers(value)) {
    for (const name in value) count += 1 + membersIn(value[name], depth + 1);
  } else if (Array.isArray(value)) {
    for (const each of value) count += membersIn(each, depth + 1);
  }
  return count;
};

/** Whether a name stands twice in an object of this JSON: `JSON.parse` keeps only the last value, without a word. */
export const hasRepeatedNames = (text: string, parsed: unknown): boolean => {
  const members = membersIn(parsed);
  return membersAtMost(text) !== members && membersWritten(text) !== members;
};
