import type { SeriesCheck } from '#ingest/qualify/check.ts';
import { FLAG } from '#model/readings/flag.ts';

/** Parts of the period. The window is the part of the newest value and the eleven before it. */
const PARTS = 12;
/** Numbers of one part. */
const [PART, COUNT, MEAN, SQUARES, LOW, HIGH, ENTRY] = [0, 1, 2, 3, 4, 5, 6];

const addTo = (state: Float64Array, part: number, value: number): void => {
  const at = (part % PARTS) * ENTRY;
  if (state[at + PART] !== part) {
    state.fill(0, at, at + ENTRY);
    state[at + PART] = part;
    state[at + LOW] = state[at + HIGH] = value;
  }
  const count = (state[at + COUNT] ?? 0) + 1;
  const mean = state[at + MEAN] ?? 0;
  const next = mean + (value - mean) / count;
  state[at + COUNT] = count;
  state[at + MEAN] = next;
  state[at + SQUARES] = (state[at + SQUARES] ?? 0) + (value - mean) * (value - next);
  state[at + LOW] = Math.min(state[at + LOW] ?? value, value);
  state[at + HIGH] = Math.max(state[at + HIGH] ?? value, value);
};

/** The parts of the window that hold values, by their first number. */
const partsIn = (state: Float64Array, newest: number): readonly number[] =>
  Array.from({ length: PARTS }, (_, part) => part * ENTRY).filter((at) => (state[at + PART] ?? 0) > newest - PARTS);

const rangeOf = (state: Float64Array, parts: readonly number[]): number =>
  Math.max(...parts.map((at) => state[at + HIGH] ?? 0)) - Math.min(...parts.map((at) => state[at + LOW] ?? 0));

/** Population standard deviation of all parts together. */
const deviationOf = (state: Float64Array, parts: readonly number[]): number => {
  const sum = (of: (at: number) => number): number => parts.reduce((total, at) => total + of(at), 0);
  const count = sum((at) => state[at + COUNT] ?? 0);
  const mean = sum((at) => (state[at + COUNT] ?? 0) * (state[at + MEAN] ?? 0)) / count;
  const squares = sum(
    (at) => (state[at + SQUARES] ?? 0) + (state[at + COUNT] ?? 0) * ((state[at + MEAN] ?? 0) - mean) ** 2,
  );
  return Math.sqrt(squares / count);
};

/**
 * Attenuated signal (QARTOD): the values of a period vary less than they should. The period has twelve parts that begin at whole
 * multiples of their length; without values in the oldest part the flag is UNKNOWN.
 */
export const attenuatedSignal: SeriesCheck = {
  name: 'attenuated-signal',
  width: PARTS * ENTRY,
  of: (_, { 'attenuated-signal': parameters }) => {
    if (parameters === undefined || parameters === null) return undefined;
    const { suspect, fail = 0, period, statistic = 'std' } = parameters;
    const length = period.ms / PARTS;
    return {
      reach: period.ms,
      next: (state, time, value) => {
        const newest = Math.floor(time / length);
        addTo(state, newest, value);
        const parts = partsIn(state, newest);
        if (!parts.some((at) => state[at + PART] === newest - PARTS + 1)) return FLAG.UNKNOWN;
        const found = statistic === 'std' ? deviationOf(state, parts) : rangeOf(state, parts);
        if (found < fail) return FLAG.FAIL;
        return found < suspect ? FLAG.SUSPECT : FLAG.GOOD;
      },
    };
  },
};
