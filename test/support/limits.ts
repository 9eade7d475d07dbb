import { minutes } from '#model/base/duration.ts';

/**
 * The longest wait for a condition, wherever the tests wait for one. It ends what hangs and measures nothing: a machine
 * that has other work takes many times as long as a quiet one. Nothing in the tests has a limit of its own.
 */
export const WAIT = minutes(10);

/** The longest time that one test or hook may take; it has several waits. */
export const TEST = minutes(40);
