interface OrderedStops {
  readonly places: readonly number[];
  readonly kilometres: number;
}

/** Kilometres below which a change is no gain. */
const EPSILON = 1e-9;

/** The places with the part from `i` to `k` turned round. */
const turned = (places: readonly number[], i: number, k: number): readonly number[] => [
  ...places.slice(0, i),
  ...places.slice(i, k + 1).toReversed(),
  ...places.slice(k + 1),
];

const firstShorter = <T extends OrderedStops>(
  tour: T,
  drive: (places: readonly number[]) => T | undefined,
): T | undefined => {
  for (let i = 0; i < tour.places.length - 1; i += 1) {
    for (let k = i + 1; k < tour.places.length; k += 1) {
      const other = drive(turned(tour.places, i, k));
      if (other !== undefined && other.kilometres < tour.kilometres - EPSILON) return other;
    }
  }
  return undefined;
};

/**
 * 2-opt: turns parts of a route round as long as that makes it shorter and it can still be driven (textbook). It ends,
 * as every change shortens the route.
 * @param drive the route over places in an order; undefined where it is not possible
 */
export const improved = <T extends OrderedStops>(tour: T, drive: (places: readonly number[]) => T | undefined): T => {
  let best = tour;
  for (let next = firstShorter(best, drive); next !== undefined; next = firstShorter(best, drive)) best = next;
  return best;
};
