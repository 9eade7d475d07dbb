/**
 * Share of the expected values that a window needs: 45 of 60 minutes, 6 of 8 hours, 18 of 24 hours (Directive 2008/50/EC
 * annex VII; 40 CFR Part 50 appendix N).
 */
const SHARE = 0.75;

/** Number of values that a sensor reports in a time; both in milliseconds. */
export const expectedIn = (time: number, interval: number): number => Math.floor(time / interval);

/** True when a window holds enough of its expected values. A window without expected values is not complete. */
export const isComplete = (present: number, expected: number): boolean => expected > 0 && present >= SHARE * expected;
