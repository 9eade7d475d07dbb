import { Fault } from '#model/base/fault.ts';
import type { Requalified } from '#storage/readings/store.ts';
import { outcomeOf } from './answer.ts';
import { escapeName } from './point.ts';
import type { Writer } from './write.ts';

const LINES_PER_REQUEST = 5_000;

const lineOf = ({ family, device, station, property, observedAt, flag, tests }: Requalified): string => {
  const name = escapeName(property);
  const tags = `${escapeName(family)},device=${escapeName(device)},station=${escapeName(station)}`;
  return `${tags} ${name}_flag=${flag}i,${name}_tests=${tests}i ${observedAt}`;
};

/**
 * Puts new flags on points: the fields that are not named keep their values. What the server refuses is behind its retention,
 * and so is the value.
 */
export const requalifyPoints = async (
  { post, place }: Writer,
  changed: readonly Requalified[],
  signal: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < changed.length; from += LINES_PER_REQUEST) {
    const lines = changed.slice(from, from + LINES_PER_REQUEST).map(lineOf);
    const outcome = outcomeOf(await post(lines.join('\n'), signal), place);
    if (outcome instanceof Fault) throw outcome;
  }
};
