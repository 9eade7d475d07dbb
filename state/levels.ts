import type { Family, Hazard, HazardLevel } from '#model/readings/family.ts';
import type { Station } from '#model/registry/station.ts';

/** A level of a hazard as it is at one station. */
export interface LevelAt extends Pick<HazardLevel, 'name' | 'rank' | 'word'> {
  readonly raise: number;
  readonly direction: 'above' | 'below';
}

/**
 * The levels of a hazard at a station, from the mildest. A level that is an attribute of the station is none where the
 * station does not have it.
 */
export const levelsAt = (hazard: Hazard, { limits }: Family, { attributes }: Station): readonly LevelAt[] =>
  hazard.levels.flatMap(({ name, rank, word, raise: own }) => {
    const limit = limits.find((each) => each.name === name);
    const given = own ?? limit?.raise;
    const raise = typeof given === 'string' ? attributes[given] : given;
    return typeof raise === 'number' ? [{ name, rank, word, raise, direction: limit?.direction ?? 'above' }] : [];
  });

/** The gravest level that a value has crossed, or undefined. */
export const crossedBy = (value: number, levels: readonly LevelAt[]): LevelAt | undefined =>
  levels.findLast(({ raise, direction }) => (direction === 'above' ? value >= raise : value <= raise));
