/** Times with their values; a null breaks the line. */
export interface Points {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Breaks a line where two values lie further apart than `longest`: a line across would show values that were not measured. */
export const openGaps = (times: readonly number[], values: readonly number[], longest: number): Points => {
  const points: { times: number[]; values: (number | null)[] } = { times: [], values: [] };
  let before = times[0] ?? 0;
  for (const [i, time] of times.entries()) {
    if (time - before > longest) {
      points.times.push((before + time) / 2);
      points.values.push(null);
    }
    points.times.push(time);
    points.values.push(values[i] ?? null);
    before = time;
  }
  return points;
};

/**
 * Positions of the values between two breaks, of which a line draws nothing. A null breaks the line, an undefined stands
 * where another line has a value.
 */
export const aloneIn = (cells: ArrayLike<number | null | undefined>): number[] => {
  const alone: number[] = [];
  let isBroken = true;
  let candidate: number | undefined;
  for (const [i, cell] of Array.from(cells).entries()) {
    if (cell === undefined) continue;
    if (cell === null && candidate !== undefined) alone.push(candidate);
    candidate = cell !== null && isBroken ? i : undefined;
    isBroken = cell === null;
  }
  return candidate === undefined ? alone : [...alone, candidate];
};
