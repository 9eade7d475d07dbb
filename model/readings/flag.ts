/**
 * Quality flags of IOOS QARTOD, as `ioos_qc` numbers them. UNKNOWN means "not evaluated"; a bad value is flagged and
 * kept, never dropped.
 */
export const FLAG = { GOOD: 1, UNKNOWN: 2, SUSPECT: 3, FAIL: 4, MISSING: 9 } as const;

export type Flag = (typeof FLAG)[keyof typeof FLAG];

const PRECEDENCE: readonly Flag[] = [FLAG.MISSING, FLAG.UNKNOWN, FLAG.GOOD, FLAG.SUSPECT, FLAG.FAIL];

/** Position in `PRECEDENCE` by flag: a search for each value of a batch would cost more. */
const RANK: Readonly<Record<Flag, number>> = { 9: 0, 2: 1, 1: 2, 3: 3, 4: 4 };

/** Rolls two flags into one: the one that stands higher in 9, 2, 1, 3, 4 (QARTOD aggregate). */
export const worst = (a: Flag, b: Flag): Flag => (RANK[a] >= RANK[b] ? a : b);

/** Reads a flag from a number that came from outside; anything but the five is undefined. */
export const parseFlag = (value: number): Flag | undefined => PRECEDENCE.find((flag) => flag === value);
