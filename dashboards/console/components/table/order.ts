/** Every word of a search, wherever it stands. */
export const isFound = (text: string, search: string): boolean => {
  const known = text.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => known.includes(word));
};

/** The rows by their keys, in the reversed order where `isDown`. */
export const sorted = <T>(rows: readonly T[], key: (row: T) => string | number, isDown: boolean): readonly T[] => {
  const keys = new Map(rows.map((row) => [row, key(row)]));
  const compare = (a: T, b: T): number => compareKeys(keys.get(a) ?? '', keys.get(b) ?? '');
  return rows.toSorted((a, b) => compare(a, b) * (isDown ? -1 : 1));
};

export const compareKeys = (a: string | number, b: string | number): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
