/** Two limits, both inclusive. Their order does not matter. */
export type Span = readonly [number, number];

/** The limits in order. */
export const sorted = ([a, b]: Span): Span => (a <= b ? [a, b] : [b, a]);

/** True when a value is strictly outside the limits. A value that is not a number is not outside. */
export const isOutside = (value: number, [low, high]: Span): boolean => value < low || value > high;
